"""Expected hypervolume improvement: the volume that parameters are expected to add to what is dominated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import NormalDist
from typing import Any

import numpy as np
import numpy.typing as npt
from optuna.distributions import BaseDistribution, CategoricalDistribution

from moat_lab.analysis.frontier import nondominated, nondominated_order

Floats = npt.NDArray[np.float64]
_DRAWS = 32
_COMPARED = {1: 1, 2: 1000, 3: 25}
"""Rows of the frontier that gains are measured against, by number of objectives, 10 for more: there is a
slice for each, within each slice one for each again, and so on."""


def features(params: Sequence[Mapping[str, Any]], space: Mapping[str, BaseDistribution]) -> Floats:
    """(N, F) from 0 to 1: one column for each category, and for a number its position in the range."""
    columns = [_columns([one[name] for one in params], distribution) for name, distribution in space.items()]
    return np.concatenate(columns, axis=1)


def expected_improvements(
    losses: Floats, means: Floats, deviations: Floats, corner: Floats, rng: np.random.Generator
) -> Floats:
    """(M,) volume that each row of `means` (M, d) is expected to add, its errors normal and independent.

    Over equally likely values: the same for each row, so that rows differ by what is known of them. Of a
    large frontier only the rows with the most room around count (`_COMPARED`).
    """
    normal = np.array([NormalDist().inv_cdf((i + 0.5) / _DRAWS) for i in range(_DRAWS)])
    draws = np.stack([rng.permutation(normal) for _ in range(means.shape[1])], axis=1)
    rows = means[:, None] + deviations[:, None] * draws
    compared = _roomiest(losses[(losses < corner).all(axis=1)], _COMPARED.get(means.shape[1], 10))
    gains = improvements(compared, rows.reshape(-1, means.shape[1]), corner)
    average: Floats = gains.reshape(len(means), _DRAWS).mean(axis=1)
    return average


def improvements(losses: Floats, rows: Floats, corner: Floats) -> Floats:
    """(M,) what each row (M, d) by itself would add to the volume that `losses` (N, d) dominate.

    Args:
        corner: (d,) the worst values of interest; infinite for the frontier's own (`reference_point`).
    """
    inside = losses[(losses < corner).all(axis=1)]
    front = inside[nondominated(inside)] if len(inside) else inside
    return _improvements(front, rows, corner)


def reference_point(losses: Floats, reference: Floats) -> Floats:
    """(d,) the reference; where it is infinite, a tenth of the frontier's spread beyond its worst value."""
    front = losses[nondominated(losses)]
    low, high = front.min(axis=0), front.max(axis=0)
    spread = np.where(high > low, high - low, np.ptp(losses, axis=0))
    own: Floats = high + 0.1 * np.where(spread > 0, spread, 1.0)
    return np.where(np.isfinite(reference), reference, own)


def _roomiest(losses: Floats, count: int) -> Floats:
    """The frontier, of more than `count` rows those with the most room around."""
    front = losses[nondominated(losses)]
    return front if len(front) <= count else front[nondominated_order(front)[:count]]


def _improvements(front: Floats, rows: Floats, corner: Floats) -> Floats:
    """Slices along the last objective: within each, those below it on the frontier dominate."""
    if len(corner) == 1:
        lengths: Floats = np.maximum(0.0, min(front.min(initial=np.inf), corner[0]) - rows[:, 0])
        return lengths
    front = front[np.argsort(front[:, -1], kind="stable")]
    edges = np.concatenate([[-np.inf], front[:, -1], corner[-1:]])
    gains = np.zeros(len(rows))
    for i, (low, high) in enumerate(pairwise(edges)):
        thick = high - np.maximum(low, rows[:, -1])
        if high > low and (some := thick > 0).any():
            gains[some] += thick[some] * _improvements(front[:i, :-1], rows[some, :-1], corner[:-1])
    return gains


def _columns(values: Sequence[Any], distribution: BaseDistribution) -> Floats:
    if isinstance(distribution, CategoricalDistribution):
        indices = [distribution.to_internal_repr(value) for value in values]
        one_hot: Floats = np.eye(len(distribution.choices))[np.asarray(indices, dtype=int)]
        return one_hot
    low, high = (float(distribution.to_internal_repr(x)) for x in (distribution.low, distribution.high))  # type: ignore[attr-defined]
    return ((np.asarray(values, dtype=np.float64) - low) / ((high - low) or 1.0))[:, None]
