"""A mean effect with its standard error: of one row of differences, or over the cells of a design."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import stdtr, stdtrit

from moat_lab.analysis.intervals import Interval, deviation


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A mean of differences, and what is known of their spread.

    Args:
        sd: deviation of one difference, so that the standard error is `sd / sqrt(n)`; NaN where unknown.
        n: how many differences.
        freedom: degrees of freedom of the deviation.
    """

    mean: float
    sd: float
    n: int
    freedom: float

    @property
    def error(self) -> float:
        """Standard error of the mean."""
        return self.sd / math.sqrt(self.n) if self.n else math.nan

    def interval(self, confidence: float = 0.95) -> Interval:
        """Student's t interval; low and high are NaN where the deviation is."""
        half = math.nan
        if not math.isnan(self.sd):
            half = float(stdtrit(self.freedom, (1 + confidence) / 2)) * self.sd / math.sqrt(self.n)
        return Interval(mean=self.mean, low=self.mean - half, high=self.mean + half, n=self.n)

    def p(self) -> float:
        """Two-sided p of no effect; NaN where the deviation is.

        Source: Student 1908.
        """
        return 2 * self._below(-abs(self._t(0)))

    def equivalence_p(self, margin: float) -> float:
        """p of an effect as large as the margin or larger: the larger of two one-sided ones.

        Source: Schuirmann 1987.
        """
        return max(self._below(-self._t(-margin)), self._below(self._t(margin)))

    def _t(self, effect: float) -> float:
        return (self.mean - effect) / self.error

    def _below(self, t: float) -> float:
        return math.nan if math.isnan(t) else float(stdtr(self.freedom, t))


def paired_estimate(differences: Sequence[float], *, least_sd: float = 0.0) -> Estimate:
    """Of one row of differences; the deviation is NaN where `intervals.deviation` is."""
    n = len(differences)
    mean = float(statistics.mean(differences)) if n else math.nan
    return Estimate(mean=mean, sd=deviation(differences, least_sd=least_sd), n=n, freedom=n - 1)


def blocked_estimate(blocks: Sequence[Sequence[float]], *, least_sd: float = 0.0) -> Estimate:
    """The mean over blocks of each block's mean difference; every block counts alike.

    Blocks have seeds of their own, so they are independent, and each has its own deviation. The degrees of
    freedom are Satterthwaite's: of equal blocks close to the sum over blocks, of one noisy block those of
    this one. Of one block this is `paired_estimate`. A block without a deviation (one pair) is left out.

    Args:
        blocks: differences of each block.
        least_sd: as in `intervals.deviation`, of one difference.

    Source: Satterthwaite 1946; blocks, Fisher 1935, The Design of Experiments.
    """
    rows = [paired_estimate(block, least_sd=least_sd) for block in blocks]
    told = [row for row in rows if not math.isnan(row.sd)]
    if len(told) <= 1:
        return told[0] if told else _untold(rows)
    n, errors = sum(row.n for row in told), [row.error**2 for row in told]
    freedom = sum(errors) ** 2 / sum(e**2 / row.freedom for e, row in zip(errors, told, strict=True))
    error = math.sqrt(sum(errors)) / len(told)
    mean = statistics.fmean(row.mean for row in told)
    return Estimate(mean=mean, sd=error * math.sqrt(n), n=n, freedom=freedom)


def _untold(rows: Sequence[Estimate]) -> Estimate:
    """Of blocks that have no deviation: their mean alone."""
    means = [row.mean for row in rows if row.n]
    mean = statistics.fmean(means) if means else math.nan
    return Estimate(mean=mean, sd=math.nan, n=sum(row.n for row in rows), freedom=0)
