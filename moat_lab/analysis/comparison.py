"""Levels compared with one baseline, as a family: effects, p-values, verdicts, and what could be seen."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from moat_lab.analysis.estimate import Estimate, blocked_estimate
from moat_lab.analysis.hypothesis_tests import Verdict, holm, verdict
from moat_lab.analysis.intervals import (
    Interval,
    bootstrap_interval,
    mean_interval,
    paired_differences,
    rounding_sd,
    widened,
)
from moat_lab.analysis.power import detectable_effect, family_confidence, power_of

Scores = Mapping[int, float]
"""Seed -> score."""


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
        power: the share of studies in which these seeds show the effect in question; None without one.
    """

    effect: Interval
    bootstrap: Interval
    sd: float
    p: float
    adjusted_p: float
    equivalence_p: float | None
    detectable: float
    verdict: Verdict
    power: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypothesis:
    """What is asked of each comparison of a family.

    Args:
        margin: the smallest effect that would matter, in the unit of the scores; left out, no level is
            called equivalent.
        effects: level -> the effect that is expected of it; of the others it is the margin.
        level: the error that the family may spend at this look at the data (`spending.level`).
        step: what scores are rounded to, one image of val; a spread is never taken to be smaller than this
            rounding makes it. Where it is 0, equal differences are too few seeds.
        stopped_by_width: whether seeds were added until the intervals were narrow (`intervals.widened`).
    """

    margin: float | None = None
    effects: Mapping[str, float] = field(default_factory=dict)
    level: float = 0.05
    step: float = 0.0
    stopped_by_width: bool = False

    def __post_init__(self) -> None:
        if self.margin is not None and not self.margin > 0:
            raise ValueError(f"a margin above 0 is needed; got {self.margin}")


PLAIN = Hypothesis()
"""Whether there is an effect at all."""


def compare(
    levels: Mapping[str, Scores],
    baseline: Scores,
    *,
    margin: float | None = None,
    step: float = 0.0,
    stopped_by_width: bool = False,
) -> dict[str, Comparison]:
    """Each level against the baseline, in the order given.

    Args:
        levels: level -> seed -> score, higher is better.
        baseline: seed -> score.
        margin, step, stopped_by_width: as in `Hypothesis`.

    Raises:
        ValueError: a score is NaN or infinite, or the margin not above 0.

    Source: Student 1908; Holm 1979; Schuirmann 1987.
    """
    question = Hypothesis(margin=margin, step=step, stopped_by_width=stopped_by_width)
    return compare_pairs({name: (scores, baseline) for name, scores in levels.items()}, question)


def compare_pairs(
    pairs: Mapping[str, tuple[Scores, Scores]], question: Hypothesis = PLAIN
) -> dict[str, Comparison]:
    """As `compare`, the first of each pair against the second."""
    return compare_blocks({name: [pair] for name, pair in pairs.items()}, question)


def compare_blocks(
    blocks: Mapping[str, Sequence[tuple[Scores, Scores]]], question: Hypothesis = PLAIN
) -> dict[str, Comparison]:
    """As `compare_pairs`, of one or more pairs each: the mean over blocks of their effects.

    Each block is paired by seed in itself, and the seeds of its trainings are no other block's.

    Source: Fisher 1935, blocks; the standard error as in `estimate.blocked_estimate`.
    """
    rows = {name: [_differences(*pair, question) for pair in pairs] for name, pairs in blocks.items()}
    return compare_differences(rows, question, dict.fromkeys(rows, rounding_sd(question.step, 2)))


def compare_differences(
    blocks: Mapping[str, Sequence[Sequence[float]]], question: Hypothesis, least_sds: Mapping[str, float]
) -> dict[str, Comparison]:
    """As `compare_blocks`, from the differences of each block, one a seed.

    Args:
        least_sds: what rounding alone makes a difference deviate by.
    """
    estimates = {
        name: blocked_estimate(rows, least_sd=least_sds[name]) for name, rows in blocks.items() if any(rows)
    }
    ps = [estimate.p() for estimate in estimates.values()]
    confidence = family_confidence(sum(not math.isnan(p) for p in ps), question.level)
    compared = {
        name: _compared(name, estimate, blocks[name], float(adjusted_p), question, confidence)
        for (name, estimate), adjusted_p in zip(estimates.items(), holm(ps), strict=True)
    }
    return dict.fromkeys(blocks, _untested()) | compared


def _differences(scores: Scores, baseline: Scores, question: Hypothesis) -> tuple[float, ...]:
    row = paired_differences(scores, baseline)
    if not all(map(math.isfinite, row)):
        raise ValueError(f"finite values are needed; got {list(row)}")
    return widened(row) if question.stopped_by_width else row


def _compared(
    name: str,
    estimate: Estimate,
    blocks: Sequence[Sequence[float]],
    adjusted_p: float,
    question: Hypothesis,
    confidence: float,
) -> Comparison:
    effect, known = estimate.interval(), not math.isnan(estimate.sd) and question.level > 0
    beyond = None if question.margin is None else estimate.equivalence_p(question.margin)
    expected = question.effects.get(name, question.margin)
    power = _power(estimate, expected, confidence) if known and expected else None
    return Comparison(
        effect=effect,
        bootstrap=bootstrap_interval(blocks[0]) if len(blocks) == 1 else _unknown(estimate),
        sd=estimate.sd,
        p=estimate.p(),
        adjusted_p=adjusted_p,
        equivalence_p=beyond,
        detectable=_detectable(estimate, confidence) if known else math.nan,
        verdict=verdict(effect, p=adjusted_p, equivalence_p=beyond, power=power, level=question.level),
        power=power,
    )


def _power(estimate: Estimate, effect: float, confidence: float) -> float:
    return power_of(estimate.n, effect, sd=estimate.sd, confidence=confidence, freedom=estimate.freedom)


def _detectable(estimate: Estimate, confidence: float) -> float:
    return detectable_effect(estimate.sd, estimate.n, confidence=confidence, freedom=estimate.freedom)


def _unknown(estimate: Estimate) -> Interval:
    return Interval(mean=estimate.mean, low=math.nan, high=math.nan, n=estimate.n)


def _untested() -> Comparison:
    nothing = mean_interval(())
    return Comparison(
        effect=nothing,
        bootstrap=nothing,
        sd=math.nan,
        p=math.nan,
        adjusted_p=math.nan,
        equivalence_p=None,
        detectable=math.nan,
        verdict="too few seeds",
    )
