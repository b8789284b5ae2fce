"""What an answer expected beforehand says of a variant, held against the verdict."""

from typing import Literal

Claim = Literal["better", "worse", "not better", "not worse"]
Agreement = Literal["agrees", "contradicts", "cannot tell"]

_AGREES = {
    "better": {"better"},
    "worse": {"worse"},
    "not better": {"worse", "equivalent"},
    "not worse": {"better", "equivalent"},
}
_CONTRADICTS = {
    "better": {"worse", "equivalent"},
    "worse": {"better", "equivalent"},
    "not better": {"better"},
    "not worse": {"worse"},
}


def agreement(claim: str, verdict: str) -> Agreement:
    """Whether a verdict of `analysis.summary` bears the claim out.

    An effect that is not distinguishable bears nothing out, neither `not better` nor `not worse`: only an
    effect on the other side, or surely within the margin, does.

    Args:
        claim: what was said of the variant against the baseline: a `Claim`.

    Raises:
        ValueError: no such claim.
    """
    if claim not in _AGREES:
        raise ValueError(f"a claim is {', '.join(_AGREES)}; got {claim!r}")
    if verdict in _AGREES[claim]:
        return "agrees"
    return "contradicts" if verdict in _CONTRADICTS[claim] else "cannot tell"
