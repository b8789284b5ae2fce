"""Means and differences over seeds, with Student's t intervals."""

import math
import statistics
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scipy.special import stdtrit


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A mean of `n` values and where it may lie. Without two values there is no width: NaN."""

    mean: float
    low: float
    high: float
    n: int

    @property
    def half_width(self) -> float:
        return (self.high - self.low) / 2


def mean_interval(values: Iterable[float], confidence: float = 0.95) -> Interval:
    """Mean with Student's t interval.

    One value has no low and high, none has no mean: NaN. Equal values give an interval of zero width.

    Raises:
        ValueError: a value is NaN or infinite.

    Source: Student 1908.
    """
    known = [float(value) for value in values]
    if not all(map(math.isfinite, known)):
        raise ValueError(f"finite values are needed; got {known}")
    if not known:
        return Interval(mean=math.nan, low=math.nan, high=math.nan, n=0)
    mean = float(statistics.mean(known)) if len(known) > 1 else known[0]
    half = _half_width(known, confidence)
    return Interval(mean=mean, low=mean - half, high=mean + half, n=len(known))


def paired_effect(
    values_by_seed: Mapping[int, float], baseline_by_seed: Mapping[int, float], confidence: float = 0.95
) -> Interval:
    """Level minus baseline on the seeds that both have: what a seed does to both cancels."""
    return mean_interval(paired_differences(values_by_seed, baseline_by_seed), confidence)


def paired_differences(
    values_by_seed: Mapping[int, float], baseline_by_seed: Mapping[int, float]
) -> tuple[float, ...]:
    """Level minus baseline for each seed that both have, in the order of the seeds."""
    common = sorted(values_by_seed.keys() & baseline_by_seed.keys())
    return tuple(values_by_seed[seed] - baseline_by_seed[seed] for seed in common)


def _half_width(values: list[float], confidence: float) -> float:
    n = len(values)
    if n < 2:
        return math.nan
    # statistics adds exact fractions: equal values have a deviation of exactly zero.
    return float(stdtrit(n - 1, (1 + confidence) / 2)) * statistics.stdev(values) / math.sqrt(n)
