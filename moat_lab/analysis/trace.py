"""How the dominated volume grows while a search goes on."""

import numpy as np
import numpy.typing as npt

from moat_lab.analysis.dominance import as_losses, as_reference, dominated_volume
from moat_lab.analysis.frontier import Floats


def hypervolume_trace(losses: npt.ArrayLike, reference: npt.ArrayLike) -> Floats:
    """(N,) dominated volume after each row, in the order of the rows.

    Only the current front is kept: a row adds its own box less what the front dominates of that box.

    Args:
        losses: (N, d) lower is better.
        reference: (d,) a point that is worse than all of interest.

    Raises:
        ValueError: there is no column, the reference has another length, or a value is NaN.

    Source: While et al. 2012, exclusive hypervolume.
    """
    rows = as_losses(losses)
    corner = as_reference(reference, rows)
    front, added = rows[:0], np.zeros(len(rows))
    for i, row in enumerate(rows):
        if (row < corner).all() and not (front <= row).all(axis=1).any():
            shared = dominated_volume(np.maximum(front, row), corner)
            added[i] = np.prod(corner - row) - shared
            front = np.vstack([front[(front < row).any(axis=1)], row])
    return np.cumsum(np.maximum(added, 0))
