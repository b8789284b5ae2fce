"""A claim of a study: what a source says of a variant, of which kind it is, and when it was written."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, PlainSerializer

from moat_lab.records.strict_json import PositiveShare

Claim = Literal["better", "worse", "not better", "not worse"]
Kind = Literal["number", "text", "code", "own"]
Written = Literal["before", "after"]
KINDS = {
    "number": "a number read from a table of the source",
    "text": "a sentence of the source's abstract",
    "code": "what the official repository does",
    "own": "our own hypothesis",
}
"""Kind of a source -> what it is."""
FROM_PAPER = ("number", "text")
"""Kinds that count as the paper's."""
_DOWN = ("worse", "not better")


def _one_of(*words: str) -> AfterValidator:
    def check(word: str) -> str:
        if word not in words:
            raise ValueError(f"should be some of {', '.join(filter(None, words))}; got {word!r:.60}")
        return word

    return AfterValidator(check)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcedClaim:
    """What a source says of a variant against the baseline.

    Args:
        claim: better, worse, not better or not worse.
        kind: of the source: one of `KINDS`; empty where the study does not say.
        effect: how large the source's own effect is, a fraction above 0; None where it gives none.
        setting: what the source measured its effect on.
        source: where the claim stands; empty where that is the study's source.
        written: `before` or `after` the two networks that it compares had both been trained; empty where the
            study does not say.
    """

    claim: Annotated[str, _one_of(*get_args(Claim))]
    kind: Annotated[str, _one_of("", *KINDS)] = ""
    effect: PositiveShare | None = None
    setting: str = ""
    source: str = ""
    written: Annotated[str, _one_of("", *get_args(Written))] = ""

    @property
    def is_from_paper(self) -> bool:
        """Whether the paper says so, in a number or in its abstract."""
        return self.kind in FROM_PAPER

    @property
    def signed_effect(self) -> float | None:
        """The source's effect, below 0 where the claim is `worse` or `not better`."""
        if self.effect is None:
            return None
        return -self.effect if self.claim in _DOWN else self.effect


def _with_claim(stated: Any) -> Any:
    """Older plans hold the claim alone."""
    return {"claim": stated} if isinstance(stated, str) else stated


def _briefly(stated: SourcedClaim) -> str | Mapping[str, Any]:
    """The claim alone where nothing else is said, else what is said."""
    said = {name: value for name, value in asdict(stated).items() if value not in ("", None)}
    return said if len(said) > 1 else stated.claim


Claims = Mapping[str, Annotated[SourcedClaim, BeforeValidator(_with_claim), PlainSerializer(_briefly)]]
"""Variant -> what is claimed of it."""
