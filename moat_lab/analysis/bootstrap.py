"""An interval of the mean that takes no distribution for granted."""

import math
from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from scipy.special import ndtr, stdtrit

from moat_lab.analysis.frontier import Floats
from moat_lab.analysis.intervals import Interval, mean_interval


def bootstrap_interval(
    values: Iterable[float], confidence: float = 0.95, *, resamples: int = 10_000, seed: int = 0
) -> Interval:
    """Mean with the expanded percentile interval: beside Student's, not instead of it.

    No resample reaches beyond the least and the greatest value, and both lie on one side of the median in 2
    of 2^n cases. So where values spread alike to both sides, no bootstrap of the mean covers more than 75 %
    with 3 seeds or 94 % with 5. The percentiles are set as far out as Student's interval would be: for
    normal values and 95 % asked, this covers 75, 88, 92, 93, 94, 95 % with 3, 4, 5, 6, 8, 10 seeds (20,000
    simulations each). With 5, plain percentiles cover 84 % and BCa 85 %.

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
