"""Means and differences over seeds, with Student's t intervals and by bootstrap."""

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.special import ndtr, stdtrit

from moat_lab.analysis.frontier import Floats

_ZERO = 1e-12
"""A deviation below this is rounding of the arithmetic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A mean of `n` values and where it may lie; low and high are NaN where the width is unknown."""

    mean: float
    low: float
    high: float
    n: int

    @property
    def half_width(self) -> float:
        return (self.high - self.low) / 2


def mean_interval(values: Iterable[float], confidence: float = 0.95, *, least_sd: float = 0.0) -> Interval:
    """Mean with Student's t interval.

    One value has no low and high, none has no mean: NaN. Nor have equal values a width without `least_sd`.

    Args:
        least_sd: as in `deviation`.

    Raises:
        ValueError: a value is NaN or infinite.

    Source: Student 1908.
    """
    numbers = [float(value) for value in values]
    if not all(map(math.isfinite, numbers)):
        raise ValueError(f"finite values are needed; got {numbers}")
    if not numbers:
        return Interval(mean=math.nan, low=math.nan, high=math.nan, n=0)
    if len(numbers) == 1:
        return Interval(mean=numbers[0], low=math.nan, high=math.nan, n=1)
    mean = float(statistics.mean(numbers))
    n, sd = len(numbers), deviation(numbers, least_sd=least_sd)
    half = float(stdtrit(n - 1, (1 + confidence) / 2)) * sd / math.sqrt(n)
    return Interval(mean=mean, low=mean - half, high=mean + half, n=n)


def deviation(values: Sequence[float], *, least_sd: float = 0.0) -> float:
    """Standard deviation, or `least_sd` where that is larger; NaN where the values do not tell it.

    Few accuracies of few images are often equal, though what they were rounded from is not: a spread of zero
    is no knowledge. So it is NaN without two values, and where they are equal and `least_sd` is 0.

    Args:
        least_sd: what rounding alone does, as `rounding_sd` says.
    """
    sd = statistics.stdev(values) if len(values) > 1 else math.nan
    return max(sd, least_sd) if max(sd, least_sd) > _ZERO else math.nan


def rounding_sd(step: float, roundings: float) -> float:
    """Deviation of a sum or difference of values that are each rounded to multiples of `step`.

    With it as the least deviation, a verdict is wrong in at most 5 % of studies without effect: 1 or 4
    variants, 2, 3 or 5 seeds with a deviation of 0.2 to 1 points, 50 to 1000 images (40,000 simulations
    each). Without it up to 38 % are wrong with 2 seeds, 11 % with 3.

    Source: Sheppard 1898, a uniform error of variance step^2 / 12 for each rounding.
    """
    return step * math.sqrt(roundings / 12)


def widened(values: Sequence[float]) -> tuple[float, ...]:
    """The values with a deviation of 1 + 2/n times theirs: for seeds that were added until it was small.

    Such a rule stops sooner where the deviation happens to look small. From 3 seeds on, at most doubled at a
    time, the 95 % interval of one effect at the stop covers as few as 90.5 % without this, and 94.8 % or more
    with it, wherever it stops between 4 and 150 seeds (4,000 simulations each). It takes two or three seeds
    more.

    Source: Anscombe 1953, the correction of sequential estimation; the 2 is of these simulations.
    """
    if len(values) < 2:
        return tuple(values)
    mean, factor = float(statistics.mean(values)), widening(len(values))
    return tuple(mean + factor * (value - mean) for value in values)


def widening(n: int) -> float:
    """What `widened` multiplies the deviation of `n` values by."""
    return 1 + 2 / n


def paired_differences(
    values_by_seed: Mapping[int, float], baseline_by_seed: Mapping[int, float]
) -> tuple[float, ...]:
    """Level minus baseline for each seed that both have, in the order of the seeds."""
    common = sorted(values_by_seed.keys() & baseline_by_seed.keys())
    return tuple(values_by_seed[seed] - baseline_by_seed[seed] for seed in common)


def bootstrap_interval(
    values: Iterable[float], confidence: float = 0.95, *, resamples: int = 10_000, seed: int = 0
) -> Interval:
    """Mean with the expanded percentile interval: beside Student's, not instead of it.

    No resample reaches beyond the least and the greatest value, and both lie on one side of the median in 2
    of 2^n cases. So where values spread alike to both sides, no bootstrap of the mean covers more than 75 %
    with 3 seeds or 94 % with 5. The percentiles are set as far out as Student's interval would be: for
    normal values and a confidence of 95 %, this covers 75, 88, 92, 93, 94, 95 % with 3, 4, 5, 6, 8, 10
    seeds (20,000 simulations each). With 5, plain percentiles cover 84 % and BCa 85 %.

    Without two values there is no width: NaN.

    Args:
        values: paired differences, or scores of independent seeds.

    Raises:
        ValueError: a value is NaN or infinite.

    Source: Efron 1979; expansion, Hesterberg 2014, arXiv 1411.5279.
    """
    numbers = np.array([*values], dtype=np.float64)
    n, mean = len(numbers), mean_interval(numbers.tolist()).mean
    if n < 2:
        return Interval(mean=mean, low=math.nan, high=math.nan, n=n)
    tail = ndtr(stdtrit(n - 1, (1 - confidence) / 2) * math.sqrt(n / (n - 1)))
    # Means of equal values differ in the last digit: distances from the mean do not.
    low, high = np.quantile(_shares(n, resamples, seed) @ (numbers - mean), [tail, 1 - tail])
    return Interval(mean=mean, low=mean + float(low), high=mean + float(high), n=n)


@lru_cache(maxsize=4)
def _shares(n: int, resamples: int, seed: int) -> Floats:
    """(R, N) the share of each value in each resample; the same for every effect of a study."""
    return np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=resamples) / n
