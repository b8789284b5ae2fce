"""What is expected of networks that were not trained, and how surely: a Gaussian process."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import solve_triangular

Floats = npt.NDArray[np.float64]
_NOISES = (0.003, 0.03, 0.3)
"""Variances of a training's luck that are compared, in parts of the variance of all."""
_BELIEF = 10
"""How many trainings the belief that the scale is that of what was seen so far weighs as much as."""


def posterior(observed: Floats, losses: Floats, queries: Floats) -> tuple[Floats, Floats]:
    """(M, d) means and (M, d) standard deviations of the losses at `queries` (M, F).

    Each objective by itself, from its losses (N, d) at `observed` (N, F). Losses far above the rest count as
    the edge of the rest: how bad a bad network is says nothing about the good ones.
    """
    low, middle = np.quantile(losses, (0.0, 0.5), axis=0)
    capped = np.minimum(losses, middle + (middle - low))
    columns = [_posterior(observed, column, queries) for column in capped.T]
    means, deviations = zip(*columns, strict=True)
    return np.stack(means, axis=1), np.stack(deviations, axis=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fit:
    """The root of a covariance with noise, values seen through it, their variance, and how likely it is."""

    root: npt.NDArray[np.floating]
    weights: npt.NDArray[np.floating]
    variance: float
    log_likelihood: float


def _posterior(observed: Floats, losses: Floats, queries: Floats) -> tuple[Floats, Floats]:
    """Of one objective, with the noise that makes its losses most likely."""
    centre, scale = losses.mean(), losses.std() or 1.0
    values, covariance = (losses - centre) / scale, _covariance(observed, observed)
    best = max((_fit(covariance, values, noise) for noise in _NOISES), key=lambda fit: fit.log_likelihood)
    across = solve_triangular(best.root, _covariance(observed, queries), lower=True)
    prior = 2 + (queries**2).sum(axis=1)
    left = np.maximum(prior - (across**2).sum(axis=0), 1e-9)
    return centre + scale * (across.T @ best.weights), scale * np.sqrt(best.variance * left)


def _fit(covariance: Floats, values: Floats, noise: float) -> _Fit:
    """The scale of the values is averaged over, what is believed of it counts as `_BELIEF` values."""
    root = np.linalg.cholesky(covariance + noise * np.eye(len(values)))
    weights = solve_triangular(root, values, lower=True)
    freedom = len(values) + _BELIEF
    variance = float((weights @ weights + _BELIEF) / freedom)
    likelihood = -0.5 * freedom * np.log(variance) - np.log(np.diag(root)).sum()
    return _Fit(root=root, weights=weights, variance=variance, log_likelihood=float(likelihood))


def _covariance(a: Floats, b: Floats) -> Floats:
    """Of a constant, a linear trend, and a smooth function (Matérn 5/2 of length 1)."""
    squared = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1)[None] - 2 * a @ b.T
    distance = np.sqrt(5 * np.maximum(squared, 0))
    smooth: Floats = (1 + distance + distance**2 / 3) * np.exp(-distance)
    return smooth + a @ b.T + 1
