"""Several levels against one baseline: how sure each effect is, given that all were looked at."""

import numpy as np
import numpy.typing as npt

from moat_lab.analysis.frontier import Floats


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
