"""Student's paired t test, equivalence, Holm's adjustment, verdicts, and claims held against them."""

import math
import statistics
from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
from scipy.special import stdtr

from moat_lab.analysis.frontier import Floats
from moat_lab.analysis.intervals import Interval, deviation


def paired_p(differences: Sequence[float], *, least_sd: float = 0.0) -> float:
    """Two-sided p of no effect: below 5 % exactly where the 95 % interval excludes zero.

    NaN without two differences, and where they are equal and `least_sd` is 0.

    Args:
        differences: level minus baseline, one for each seed.
        least_sd: as in `intervals.deviation`.

    Source: Student 1908.
    """
    if len(differences) < 2:
        return math.nan
    return 2 * _below(differences, -abs(_t(differences, 0, least_sd)))


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
    if len(differences) < 2:
        return math.nan
    return max(
        _below(differences, -_t(differences, -margin, least_sd)),
        _below(differences, _t(differences, margin, least_sd)),
    )


def _t(differences: Sequence[float], effect: float, least_sd: float) -> float:
    """How many standard errors the mean lies above `effect`."""
    error = deviation(differences, least_sd=least_sd) / math.sqrt(len(differences))
    return (float(statistics.mean(differences)) - effect) / error


def _below(differences: Sequence[float], t: float) -> float:
    return float(stdtr(len(differences) - 1, t))


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


Verdict = Literal["better", "worse", "equivalent", "not distinguishable", "too few seeds"]


def verdict(
    effect: Interval, *, p: float | None = None, equivalence_p: float | None = None, confidence: float = 0.95
) -> Verdict:
    """The verdict on one effect.

    `equivalent` comes first: a margin states that nothing within it matters, so a small effect is
    equivalent even where it is significant. An effect that is neither significant nor equivalent is
    `not distinguishable`: the seeds are too few to say more, which does not show that there is no effect.

    Args:
        effect: level minus baseline, higher is better; without a width the seeds are too few.
        p: of no effect, adjusted where several levels are compared (`holm`); left out, an effect is there
            where its own interval excludes zero, which is the same as an unadjusted p.
        equivalence_p: of an effect beyond the margin (`equivalence_p`).

    Source: Schuirmann 1987, two one-sided tests.
    """
    if math.isnan(effect.low):
        return "too few seeds"
    alpha = 1 - confidence
    if equivalence_p is not None and equivalence_p < alpha:
        return "equivalent"
    significant = p < alpha if p is not None else effect.low > 0 or effect.high < 0
    if not significant:
        return "not distinguishable"
    return "better" if effect.mean > 0 else "worse"


Claim = Literal["better", "worse", "not better", "not worse"]
Agreement = Literal["agrees", "contradicts", "underpowered", "not testable"]

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
_UNDECIDED = {"not distinguishable", "too few seeds"}


def agreement(claim: str, verdict: str) -> Agreement:
    """Whether a verdict of `analysis.summary` bears the claim out.

    Where the seeds are too few to show or exclude the effect, the study is underpowered, also for
    `not better` and `not worse`. Where there is no effect, as without a network or a training, the claim is
    not testable.

    Args:
        claim: what the source says of the variant against the baseline: a `Claim`.

    Raises:
        ValueError: no such claim.
    """
    if claim not in _AGREES:
        raise ValueError(f"a claim is {', '.join(_AGREES)}; got {claim!r}")
    if verdict in _AGREES[claim]:
        return "agrees"
    if verdict in _CONTRADICTS[claim]:
        return "contradicts"
    return "underpowered" if verdict in _UNDECIDED else "not testable"
