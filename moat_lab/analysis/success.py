"""Tasks that a training learns or does not: how many trainings do, compared by exact tests."""

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache

from moat_lab.analysis.comparison import Comparison, Hypothesis, Scores
from moat_lab.analysis.hypothesis_tests import holm, verdict
from moat_lab.analysis.intervals import Interval, mean_interval
from moat_lab.analysis.power import family_confidence


def compare_success(
    pairs: Mapping[str, tuple[Scores, Scores]], *, threshold: float, question: Hypothesis
) -> dict[str, Comparison]:
    """As `comparison.compare_pairs`, of the share of trainings that reach the threshold.

    A mean of such scores has no use for Student's t: its interval covers 71 to 76 % where trainings learn or
    fail. Seeds are not paired: that two networks learn with the same seed is nearly independent, and where it
    is not, the test errs less. Effects are differences of shares, of the smaller number of trainings.

    Source: Barnard 1945; Newcombe 1998; Holm 1979.
    """
    counts = {key: (_counts(a, threshold), _counts(b, threshold)) for key, (a, b) in pairs.items()}
    ps = [difference_p(*both) for both in counts.values()]
    confidence = family_confidence(sum(not math.isnan(p) for p in ps), question.level)
    return {
        key: _compared(*both, p, float(adjusted), question, confidence)
        for (key, both), p, adjusted in zip(counts.items(), ps, holm(ps), strict=True)
    }


def success_rate(scores: Sequence[float], threshold: float, confidence: float = 0.95) -> Interval:
    """The share of scores that reach the threshold, with Wilson's interval; NaN without any.

    Over all shares alike it covers 95 to 96 % with 3 to 20 trainings; of a share close to 0 or 1, 84 % at
    least. The exact one of Clopper and Pearson covers 98 to 99.5 %.

    Source: Wilson 1927; Brown, Cai and DasGupta 2001.
    """
    n, k = len(scores), sum(score >= threshold for score in scores)
    return _wilson((k, n), confidence) if n else mean_interval(())


def rate_difference(first: tuple[int, int], second: tuple[int, int], confidence: float = 0.95) -> Interval:
    """First share less the second, with an interval that covers 95 % over all pairs of shares alike.

    Args:
        first, second: successes, of trainings.

    Source: Newcombe 1998, method 10.
    """
    if not first[1] or not second[1]:
        return mean_interval(())
    a, b = _wilson(first, confidence), _wilson(second, confidence)
    mean = a.mean - b.mean
    return Interval(
        mean=mean,
        low=mean - math.hypot(a.mean - a.low, b.high - b.mean),
        high=mean + math.hypot(a.high - a.mean, b.mean - b.low),
        n=min(first[1], second[1]),
    )


@lru_cache(maxsize=4096)
def difference_p(first: tuple[int, int], second: tuple[int, int]) -> float:
    """Two-sided p of equal shares, exact without fixed margins; NaN without trainings of both.

    Source: Barnard 1945.
    """
    (a, n), (b, m) = first, second
    if not n or not m:
        return math.nan
    if a + b in (0, n + m):
        return 1.0
    from scipy.stats import barnard_exact  # slow to import

    return float(barnard_exact([[a, b], [n - a, m - b]]).pvalue)


def power_of_difference(first: tuple[float, int], second: tuple[float, int], *, confidence: float) -> float:
    """The chance of a p below 1 - confidence, by the sum over all outcomes.

    Args:
        first, second: the true share, and the number of trainings.
    """
    from scipy.stats import binom  # slow to import

    (p, n), (q, m) = first, second
    of_first, of_second = binom.pmf(range(n + 1), n, p), binom.pmf(range(m + 1), m, q)
    return float(
        sum(
            of_first[a] * of_second[b]
            for a in range(n + 1)
            for b in range(m + 1)
            if of_first[a] * of_second[b] > 1e-9 and difference_p((a, n), (b, m)) < 1 - confidence
        )
    )


def _compared(
    counts: tuple[int, int],
    usual: tuple[int, int],
    p: float,
    adjusted_p: float,
    question: Hypothesis,
    confidence: float,
) -> Comparison:
    effect = rate_difference(counts, usual)
    beyond = (
        None if question.margin is None or not effect.n else _equivalence_p(counts, usual, question.margin)
    )
    power = _power(counts, usual, question.margin, confidence) if question.margin and effect.n else None
    return Comparison(
        effect=effect,
        bootstrap=Interval(mean=effect.mean, low=math.nan, high=math.nan, n=effect.n),
        sd=math.nan,
        p=p,
        adjusted_p=adjusted_p,
        equivalence_p=beyond,
        detectable=math.nan,
        verdict=verdict(effect, p=adjusted_p, equivalence_p=beyond, power=power, level=question.level),
        power=power,
    )


def _power(counts: tuple[int, int], usual: tuple[int, int], margin: float, confidence: float) -> float:
    """To show a difference as large as the margin from the baseline's share, to the side with more room."""
    share = usual[0] / usual[1]
    other = share - margin if share >= 0.5 else share + margin
    return power_of_difference(
        (min(max(other, 0.0), 1.0), counts[1]), (share, usual[1]), confidence=confidence
    )


def _equivalence_p(counts: tuple[int, int], usual: tuple[int, int], margin: float) -> float:
    """The least error at which the interval of twice that error lies within the margin."""
    from scipy.optimize import brentq  # slow to import

    def reach(error: float) -> float:
        interval = rate_difference(counts, usual, confidence=1 - 2 * error)
        return max(abs(interval.low), abs(interval.high)) - margin

    least, most = 1e-9, 0.4999
    if reach(least) <= 0:
        return least
    return most if reach(most) >= 0 else float(brentq(reach, least, most))


def _wilson(counts: tuple[int, int], confidence: float) -> Interval:
    from scipy.stats import binomtest  # slow to import

    k, n = counts
    bounds = binomtest(k, n).proportion_ci(confidence, method="wilson")
    return Interval(mean=k / n, low=float(bounds.low), high=float(bounds.high), n=n)


def _counts(scores: Scores, threshold: float) -> tuple[int, int]:
    return sum(score >= threshold for score in scores.values()), len(scores)
