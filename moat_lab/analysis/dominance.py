"""The frontier in any number of objectives, all minimised: who is on it, who is next, what it dominates."""

import numpy as np
import numpy.typing as npt

from moat_lab.analysis.frontier import Flags, Floats, hypervolume, pareto_front

Ints = npt.NDArray[np.int64]


def nondominated(losses: npt.ArrayLike) -> Flags:
    """(N,) True where no other row is as low everywhere and lower somewhere.

    Equal rows stay or leave together. O(N log N) for two objectives, O(N F) for more, F on the frontier.

    Args:
        losses: (N, d) lower is better.

    Raises:
        ValueError: there is no column, or a value is NaN.
    """
    rows = as_losses(losses)
    return pareto_front(rows[:, 0], -rows[:, 1]) if rows.shape[1] == 2 else _swept(rows)


def nondominated_ranks(losses: npt.ArrayLike) -> Ints:
    """(N,) 0 on the frontier, 1 on the frontier of what is left without it, and so on.

    Source: Deb et al. 2002, non-dominated sorting.
    """
    rows = as_losses(losses)
    rank, left, current = np.zeros(len(rows), dtype=np.int64), np.arange(len(rows)), 0
    while len(left):
        front = nondominated(rows[left])
        rank[left[front]] = current
        left, current = left[~front], current + 1
    return rank


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
    rows = as_losses(losses)
    if np.isinf(rows).any():
        raise ValueError("finite losses are needed: no distance to an infinite one says more than another")
    distinct, first = np.unique(rows, axis=0, return_index=True)
    distances = np.zeros(len(rows))
    distances[first] = _gaps(distinct)
    return distances


def nondominated_order(losses: npt.ArrayLike) -> Ints:
    """(N,) positions of the rows, best first: by rank, within a rank by crowding, then as they stand."""
    rows = as_losses(losses)
    rank, room = nondominated_ranks(rows), np.zeros(len(rows))
    for level in set(rank.tolist()):
        room[rank == level] = crowding_distance(rows[rank == level])
    return np.lexsort((-room, rank))


def dominated_volume(losses: npt.ArrayLike, reference: npt.ArrayLike) -> float:
    """Volume between the frontier and `reference`, exact.

    Rows that are not better than the reference in every objective add nothing. One more objective costs
    a factor of N: meant for up to a few hundred rows in three or four objectives.

    Args:
        losses: (N, d) lower is better.
        reference: (d,) a point that is worse than all of interest.

    Raises:
        ValueError: there is no column, the reference has another length, or a value is NaN.

    Source: Zitzler and Thiele 1998.
    """
    rows = as_losses(losses)
    corner = as_reference(reference, rows)
    return _volume(rows[(rows < corner).all(axis=1)], corner)


def as_losses(losses: npt.ArrayLike) -> Floats:
    """(N, d) array of numbers; ValueError if it is none."""
    rows = np.asarray(losses, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] == 0:
        raise ValueError(f"losses of shape (N, d) with d >= 1 are needed; got {rows.shape}")
    if np.isnan(rows).any():
        raise ValueError("losses without NaN are needed; leave out what has not been measured")
    return rows


def as_reference(reference: npt.ArrayLike, rows: Floats) -> Floats:
    """(d,) one number for each objective of `rows`; ValueError if it is not."""
    corner = np.asarray(reference, dtype=np.float64)
    if corner.shape != rows.shape[1:] or np.isnan(corner).any():
        raise ValueError(f"a reference of {rows.shape[1]} numbers is needed; got {corner.tolist()}")
    return corner


def _swept(rows: Floats) -> Flags:
    front = np.zeros(len(rows), dtype=np.bool_)
    left = np.lexsort(rows.T)
    while len(left):
        # Whoever dominates a row comes before it in this order: the first of what is left is on the front.
        first = rows[left[0]]
        front[left] |= (rows[left] == first).all(axis=1)
        left = left[(rows[left] < first).any(axis=1)]
    return front


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


def _volume(rows: Floats, corner: Floats) -> float:
    """Slices along the last objective: each is as thick as the step to the next row."""
    if len(rows) == 0:
        return 0.0
    if len(corner) == 1:
        return float(corner[0] - rows.min())
    if len(corner) == 2:
        return hypervolume(rows[:, 0], -rows[:, 1], reference=(corner[0], -corner[1]))
    front = rows[nondominated(rows)]
    front = front[np.argsort(front[:, -1])]
    steps = np.diff(np.append(front[:, -1], corner[-1]))
    slices = (_volume(front[: i + 1, :-1], corner[:-1]) * steps[i] for i in np.flatnonzero(steps))
    return float(sum(slices))
