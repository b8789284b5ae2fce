"""Levels compared with one baseline, as a family: effects, p-values, verdicts, and what could be seen."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from moat_lab.analysis.hypothesis_tests import Verdict, equivalence_p, holm, paired_p, verdict
from moat_lab.analysis.intervals import (
    Interval,
    bootstrap_interval,
    deviation,
    mean_interval,
    paired_differences,
    rounding_sd,
    widened,
)
from moat_lab.analysis.power import detectable_effect, family_confidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """One level against the baseline, on the seeds that both have; NaN where these are too few.

    Attributes:
        effect: level minus baseline, with the 95 % interval of this effect alone.
        bootstrap: the same effect, with an interval that takes no distribution for granted.
        sd: deviation of the paired differences over seeds, that of rounding at least.
        p: two-sided, of no effect, of this level alone.
        adjusted_p: after Holm, over all levels compared; decides the verdict.
        equivalence_p: of an effect beyond the margin; None without one.
        detectable: the smallest effect for which these seeds give the verdict in 80 % of studies at least,
            among all levels compared.
    """

    effect: Interval
    bootstrap: Interval
    sd: float
    p: float
    adjusted_p: float
    equivalence_p: float | None
    detectable: float
    verdict: Verdict


def compare(
    levels: Mapping[str, Mapping[int, float]],
    baseline: Mapping[int, float],
    *,
    margin: float | None = None,
    step: float = 0.0,
    stopped_by_width: bool = False,
) -> dict[str, Comparison]:
    """Each level against the baseline, in the order given.

    Args:
        levels: level -> seed -> score, higher is better.
        baseline: seed -> score.
        margin: the smallest effect that would matter, in the unit of the scores; left out, no level is
            called equivalent.
        step: what scores are rounded to, one image of val; a spread is never taken to be smaller than this
            rounding makes it. Where it is 0, equal differences are too few seeds.
        stopped_by_width: whether seeds were added until the intervals were narrow (`intervals.widened`).

    Raises:
        ValueError: a score is NaN or infinite, or the margin not above 0.

    Source: Student 1908; Holm 1979; Schuirmann 1987.
    """
    pairs = {name: (scores, baseline) for name, scores in levels.items()}
    return compare_pairs(pairs, margin=margin, step=step, stopped_by_width=stopped_by_width)


def compare_pairs(
    pairs: Mapping[str, tuple[Mapping[int, float], Mapping[int, float]]],
    *,
    margin: float | None = None,
    step: float = 0.0,
    stopped_by_width: bool = False,
) -> dict[str, Comparison]:
    """As `compare`, the first of each pair against the second."""
    differences = {name: paired_differences(*pair) for name, pair in pairs.items()}
    if stopped_by_width:
        differences = {name: widened(row) for name, row in differences.items()}
    least_sd = rounding_sd(step, 2)
    ps = [paired_p(row, least_sd=least_sd) for row in differences.values()]
    family = family_confidence(sum(not math.isnan(p) for p in ps))
    untested = _compared((), math.nan, margin, least_sd, family)  # of a search's thousands all are
    return {
        name: _compared(row, float(adjusted_p), margin, least_sd, family) if row else untested
        for (name, row), adjusted_p in zip(differences.items(), holm(ps), strict=True)
    }


def _compared(
    differences: Sequence[float], adjusted_p: float, margin: float | None, least_sd: float, family: float
) -> Comparison:
    effect = mean_interval(differences, least_sd=least_sd)
    sd = deviation(differences, least_sd=least_sd)
    beyond = None if margin is None else equivalence_p(differences, margin=margin, least_sd=least_sd)
    return Comparison(
        effect=effect,
        bootstrap=bootstrap_interval(differences),
        sd=sd,
        p=paired_p(differences, least_sd=least_sd),
        adjusted_p=adjusted_p,
        equivalence_p=beyond,
        detectable=math.nan if math.isnan(sd) else detectable_effect(sd, effect.n, confidence=family),
        verdict=verdict(effect, p=adjusted_p, equivalence_p=beyond),
    )
