"""Student's paired t test, equivalence, Holm's adjustment, verdicts, and claims held against them."""

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from moat_lab.analysis.estimate import paired_estimate
from moat_lab.analysis.frontier import Floats
from moat_lab.analysis.intervals import Interval


def paired_p(differences: Sequence[float], *, least_sd: float = 0.0) -> float:
    """Two-sided p of no effect: below 5 % exactly where the 95 % interval excludes zero.

    NaN without two differences, and where they are equal and `least_sd` is 0.

    Args:
        differences: level minus baseline, one for each seed.
        least_sd: as in `intervals.deviation`.

    Source: Student 1908.
    """
    return paired_estimate(differences, least_sd=least_sd).p()


def equivalence_p(differences: Sequence[float], *, margin: float, least_sd: float = 0.0) -> float:
    """p of an effect as large as the margin or larger, to either side: the larger of two one-sided ones.

    Below 5 % exactly where the 90 % interval lies within the margin. NaN as in `paired_p`. It speaks of one
    level: where several are called equivalent, each is wrongly so in up to 5 % of studies.

    Args:
        differences: level minus baseline, one for each seed.
        margin: the smallest effect that would matter, above 0; in the unit of the differences.
        least_sd: as in `intervals.deviation`.

    Raises:
        ValueError: the margin is not above 0.

    Source: Schuirmann 1987.
    """
    if not margin > 0:
        raise ValueError(f"a margin above 0 is needed; got {margin}")
    return paired_estimate(differences, least_sd=least_sd).equivalence_p(margin)


def holm(p_values: npt.ArrayLike) -> Floats:
    """(K,) adjusted p-values: to call all below 5 % real is wrong at all in at most 5 % of studies.

    Holds however the tests depend on each other, as those do that share a baseline. The adjustment decides
    the verdict; the 95 % interval of each effect stays that of the effect alone. So an interval may exclude
    zero where the verdict is `not distinguishable`: among many levels, one such interval is expected.

    Args:
        p_values: (K,) of the levels compared; one that is NaN was not tested, stays NaN, and costs the
            others nothing.

    Raises:
        ValueError: they are not one row of numbers from 0 to 1.

    Source: Holm 1979.
    """
    p = np.asarray(p_values, dtype=np.float64)
    if p.ndim != 1 or (p < 0).any() or (p > 1).any():
        raise ValueError(f"p-values from 0 to 1 in one row are needed; got {p.tolist()}")
    adjusted = np.full(len(p), np.nan)
    order = np.argsort(p, kind="stable")[: np.count_nonzero(~np.isnan(p))]  # NaN comes last
    left = np.arange(len(order), 0, -1)
    adjusted[order] = np.minimum(1, np.maximum.accumulate(p[order] * left))
    return adjusted


Verdict = Literal["better", "worse", "equivalent", "not distinguishable", "underpowered", "too few seeds"]
LEAST_POWER = 0.5
"""Below it a study that shows nothing was hardly able to."""


def verdict(
    effect: Interval,
    *,
    p: float | None = None,
    equivalence_p: float | None = None,
    power: float | None = None,
    level: float = 0.05,
) -> Verdict:
    """The verdict on one effect.

    `equivalent` comes first: a margin states that nothing within it matters, so a small effect is
    equivalent even where it is significant. An effect that is neither significant nor equivalent is
    `underpowered` where the study would have shown the effect in question in less than half of the cases,
    otherwise `not distinguishable`; neither shows that there is no effect.

    Args:
        effect: level minus baseline, higher is better; without a width the seeds are too few.
        p: of no effect, adjusted where several levels are compared (`holm`); left out, an effect is there
            where its own interval excludes zero, which is the same as an unadjusted p.
        equivalence_p: of an effect beyond the margin (`equivalence_p`).
        power: to show the effect in question; left out, none is.
        level: the error that this look at the data may spend (`spending.level`).

    Source: Schuirmann 1987, two one-sided tests.
    """
    if math.isnan(effect.low):
        return "too few seeds"
    if equivalence_p is not None and equivalence_p < level:
        return "equivalent"
    significant = p < level if p is not None else effect.low > 0 or effect.high < 0
    if not significant:
        return "underpowered" if power is not None and power < LEAST_POWER else "not distinguishable"
    return "better" if effect.mean > 0 else "worse"


Agreement = Literal["agrees", "contradicts", "undecided", "underpowered", "not testable"]

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
_OPEN: dict[str, Agreement] = {
    "not distinguishable": "undecided",
    "underpowered": "underpowered",
    "too few seeds": "underpowered",
}


def agreement(claim: str, verdict: str) -> Agreement:
    """Whether a verdict of `analysis.summary` bears the claim out.

    Where the seeds are too few to show the effect, the study is underpowered, also for `not better` and
    `not worse`; where they were enough and neither show nor exclude it, the claim is undecided. Where there
    is no effect, as without a network or a training, the claim is not testable.

    Args:
        claim: what the source says of the variant against the baseline: a `records.claim.Claim`.

    Raises:
        ValueError: no such claim.
    """
    if claim not in _AGREES:
        raise ValueError(f"a claim is {', '.join(_AGREES)}; got {claim!r}")
    if verdict in _AGREES[claim]:
        return "agrees"
    if verdict in _CONTRADICTS[claim]:
        return "contradicts"
    return _OPEN.get(verdict, "not testable")
