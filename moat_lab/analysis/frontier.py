"""The Pareto frontier in any number of objectives: who is on it, who is next, what it dominates.

Dominance, ranks and volumes are moocore's (López-Ibáñez et al.); what it lacks is here.
"""

import moocore
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


def pareto_front(costs: npt.ArrayLike, scores: npt.ArrayLike) -> Flags:
    """(N,) True where no other point costs no more, scores no less, and is better in one of the two.

    Equal points stay or leave together.

    Args:
        costs: (N,) lower is better.
        scores: (N,) higher is better.

    Raises:
        ValueError: the lengths differ, or a value is NaN.
    """
    cost, score = np.asarray(costs, dtype=np.float64), np.asarray(scores, dtype=np.float64)
    if cost.ndim != 1 or cost.shape != score.shape:
        raise ValueError(f"costs and scores of one length are needed; got {cost.shape} and {score.shape}")
    return nondominated(np.column_stack([cost, -score]))


def nondominated(losses: npt.ArrayLike) -> Flags:
    """(N,) True where no other row is as low everywhere and lower somewhere.

    Equal rows stay or leave together.

    Args:
        losses: (N, d) lower is better.

    Raises:
        ValueError: there is no column, or a value is NaN.
    """
    front: Flags = moocore.is_nondominated(_as_losses(losses), keep_weakly=True)
    return front


def nondominated_ranks(losses: npt.ArrayLike) -> Ints:
    """(N,) 0 on the frontier, 1 on the frontier of what is left without it, and so on.

    Source: Deb et al. 2002, non-dominated sorting.
    """
    return np.asarray(moocore.pareto_rank(_as_losses(losses)), dtype=np.int64)


def crowding_distance(losses: npt.ArrayLike) -> Floats:
    """(N,) how far apart the neighbours of each row of ONE front are, infinite for its ends.

    Summed over the objectives, each in units of its spread; one without spread adds nothing. Of equal
    rows the first has the distance of its neighbours, the others 0: copies are the first to leave.

    Args:
        losses: (N, d) lower is better.

    Raises:
        ValueError: there is no column, or a value is NaN or infinite.

    Source: Deb et al. 2002.
    """
    rows = _as_losses(losses)
    if np.isinf(rows).any():
        raise ValueError("finite losses are needed: no distance to an infinite one says more than another")
    distinct, first = np.unique(rows, axis=0, return_index=True)
    distances = np.zeros(len(rows))
    distances[first] = _gaps(distinct)
    return distances


def nondominated_order(losses: npt.ArrayLike) -> Ints:
    """(N,) positions of the rows, best first: by rank, within a rank by crowding, then as they stand."""
    rows = _as_losses(losses)
    rank, room = nondominated_ranks(rows), np.zeros(len(rows))
    for level in set(rank.tolist()):
        room[rank == level] = crowding_distance(rows[rank == level])
    return np.lexsort((-room, rank))


def hypervolume(losses: npt.ArrayLike, reference: npt.ArrayLike) -> float:
    """Volume that the frontier dominates, up to `reference`; exact.

    Rows that are not better than the reference in every objective add nothing.

    Args:
        losses: (N, d) lower is better.
        reference: (d,) a point that is worse than all of interest.

    Raises:
        ValueError: there is no column, the reference has another length, or a value is NaN.

    Source: Zitzler and Thiele 1998.
    """
    rows = _as_losses(losses)
    return float(moocore.hypervolume(rows, ref=_as_reference(reference, rows)))


def hypervolume_trace(losses: npt.ArrayLike, reference: npt.ArrayLike) -> Floats:
    """(N,) hypervolume after each row, in the order of the rows.

    Each row adds its own box less what the front so far dominates of that box, so the trace never falls.

    Args:
        losses: (N, d) lower is better.
        reference: (d,) a point that is worse than all of interest.

    Raises:
        ValueError: there is no column, the reference has another length, or a value is NaN.

    Source: While et al. 2012, exclusive hypervolume.
    """
    rows = _as_losses(losses)
    corner = _as_reference(reference, rows)
    front, added = rows[:0], np.zeros(len(rows))
    for i, row in enumerate(rows):
        if (row < corner).all() and not (front <= row).all(axis=1).any():
            added[i] = np.prod(corner - row) - hypervolume(np.maximum(front, row), corner)
            front = np.vstack([front[(front < row).any(axis=1)], row])
    return np.cumsum(np.maximum(added, 0))


def _as_losses(losses: npt.ArrayLike) -> Floats:
    """(N, d) array of numbers; ValueError if it is none."""
    rows = np.asarray(losses, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] == 0:
        raise ValueError(f"losses of shape (N, d) with d >= 1 are needed; got {rows.shape}")
    if np.isnan(rows).any():
        raise ValueError("losses without NaN are needed; leave out what has not been measured")
    return rows


def _as_reference(reference: npt.ArrayLike, rows: Floats) -> Floats:
    """(d,) one number for each objective of `rows`; ValueError if it is not."""
    corner = np.asarray(reference, dtype=np.float64)
    if corner.shape != rows.shape[1:] or np.isnan(corner).any():
        raise ValueError(f"a reference of {rows.shape[1]} numbers is needed; got {corner.tolist()}")
    return corner


def _gaps(distinct: Floats) -> Floats:
    if len(distinct) < 3:
        return np.full(len(distinct), np.inf)
    total = np.zeros(len(distinct))
    for loss in distinct.T[np.ptp(distinct, axis=0) > 0]:
        order = np.argsort(loss, kind="stable")
        gap = np.full(len(loss), np.inf)
        gap[order[1:-1]] = (loss[order[2:]] - loss[order[:-2]]) / np.ptp(loss)
        total += gap
    return total
