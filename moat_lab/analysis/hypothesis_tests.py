"""Student's tests of paired differences: is there an effect, and is it surely small."""

import math
import statistics
from collections.abc import Sequence

from scipy.special import stdtr

from moat_lab.analysis.intervals import deviation


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
