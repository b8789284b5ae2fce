"""What a set of parameters promises, from the trials that have finished."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from optuna.distributions import BaseDistribution, CategoricalDistribution

from moat_lab.analysis.dominance import dominated_volume, nondominated

Floats = npt.NDArray[np.float64]
_RIDGE = 0.3
"""Weight of the penalty; features are at most 1."""


def features(params: Sequence[Mapping[str, Any]], space: Mapping[str, BaseDistribution]) -> Floats:
    """(N, F): one column for each category; for a number its position in the range and that squared."""
    columns = [_columns([one[name] for one in params], distribution) for name, distribution in space.items()]
    return np.concatenate([*columns, np.ones((len(params), 1))], axis=1)


def predicted(known: Floats, losses: Floats, asked: Floats, rng: np.random.Generator) -> Floats:
    """(M, d) losses at `asked` (M, F) from those at `known` (N, F), drawn with the error of the fit.

    A ridge regression for each objective. Losses far above the rest count as the edge of the rest: how bad
    a bad network is says nothing about the good ones.
    """
    low, middle = np.quantile(losses, (0.0, 0.5), axis=0)
    capped = np.minimum(losses, middle + (middle - low))
    mean = capped.mean(axis=0)
    penalty = _RIDGE * np.eye(known.shape[1])
    weights = np.linalg.solve(known.T @ known + penalty, known.T @ (capped - mean))
    error = (capped - mean - known @ weights).std(axis=0)
    drawn: Floats = mean + asked @ weights + rng.normal(size=(len(asked), losses.shape[1])) * error
    return drawn


def volume_gains(losses: Floats, expected: Floats) -> Floats:
    """(M,) what each expected row would add to the volume that `losses` dominate.

    In units of the frontier's own spread, up to a tenth beyond its worst values.
    """
    front = losses[nondominated(losses)]
    low, high = front.min(axis=0), front.max(axis=0)
    spread = np.where(high > low, high - low, np.ptp(losses, axis=0))
    spread = np.where(spread > 0, spread, 1.0)
    front, rows = (front - low) / spread, (expected - low) / spread
    corner = np.where(high > low, 1.1, 0.1)
    before = dominated_volume(front, corner)
    return np.array([dominated_volume(np.vstack([front, row]), corner) - before for row in rows])


def _columns(values: Sequence[Any], distribution: BaseDistribution) -> Floats:
    if isinstance(distribution, CategoricalDistribution):
        indices = [distribution.to_internal_repr(value) for value in values]
        one_hot: Floats = np.eye(len(distribution.choices))[np.asarray(indices, dtype=int)]
        return one_hot
    low, high = (float(distribution.to_internal_repr(x)) for x in (distribution.low, distribution.high))  # type: ignore[attr-defined]
    position = (np.asarray(values, dtype=np.float64) - low) / ((high - low) or 1.0)
    return np.stack([position, position**2], axis=1)
