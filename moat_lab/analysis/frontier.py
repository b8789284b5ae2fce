"""Which points no other beats in both cost and score, and how much they dominate together."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


def pareto_front(costs: npt.ArrayLike, scores: npt.ArrayLike) -> Flags:
    """(N,) True where no other point costs no more, scores no less, and is better in one of the two.

    Equal points stay or leave together. O(N log N).

    Args:
        costs: (N,) lower is better.
        scores: (N,) higher is better.

    Raises:
        ValueError: the lengths differ, or a value is NaN.
    """
    cost, score = _checked(costs, scores)
    order = np.lexsort((-score, cost))
    cost, score = cost[order], score[order]
    best_before = np.maximum.accumulate(np.concatenate(([-np.inf], score)))[:-1]
    # The cheapest point that reaches the best score so far, for each point in order of cost.
    leader = np.maximum.accumulate(np.where(score > best_before, np.arange(len(score)), 0))
    front = np.empty(len(order), dtype=np.bool_)
    front[order] = (score == score[leader]) & (cost == cost[leader])
    return front


def hypervolume(costs: npt.ArrayLike, scores: npt.ArrayLike, *, reference: tuple[float, float]) -> float:
    """Area dominated by the frontier, up to `reference`.

    Points beyond the reference add nothing. Equal points count once.

    Args:
        costs: (N,) MACs, lower is better.
        scores: (N,) top-1 as a fraction, higher is better.
        reference: the cost and the score of a point that is worse than all of interest.

    Raises:
        ValueError: the lengths differ, or a value is NaN.

    Source: Zitzler and Thiele 1998.
    """
    cost, score = _checked(costs, scores)
    _checked(*([value] for value in reference))
    inside = (cost < reference[0]) & (score > reference[1])
    cost, score = cost[inside], score[inside]
    front = pareto_front(cost, score)
    order = np.argsort(cost[front])
    edges = np.append(cost[front][order], reference[0])
    return float(np.sum(np.diff(edges) * (score[front][order] - reference[1])))


def _checked(costs: npt.ArrayLike, scores: npt.ArrayLike) -> tuple[Floats, Floats]:
    cost, score = np.asarray(costs, dtype=np.float64), np.asarray(scores, dtype=np.float64)
    if cost.ndim != 1 or cost.shape != score.shape:
        raise ValueError(f"costs and scores of one length are needed; got {cost.shape} and {score.shape}")
    if np.isnan(cost).any() or np.isnan(score).any():
        raise ValueError("costs and scores without NaN are needed; leave out what has not been measured")
    return cost, score
