"""How sure it is that a network is on the frontier, given how much seeds differ."""

import math
import statistics
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from moat_lab.analysis.frontier import Floats, nondominated

_ZERO = 1e-9
"""What a share of freedom or a singular value below this is, but for rounding."""
_DECIMALS = 12


def frontier_probability(
    fixed: npt.ArrayLike, scores: Sequence[Mapping[int, float]], *, resamples: int = 2000, seed: int = 0
) -> Floats:
    """(N,) share of resamples in which each network is on the frontier of `fixed` and its mean score.

    One to five seeds are too few to resample within a network. So the residuals of all networks with two
    seeds or more are pooled, and a resampled mean is the network's mean plus the mean of as many residuals
    as it has seeds. What a seed does to all networks alike does not change who is ahead, and is taken out
    of the residuals; the means stay as they are, also of networks that ran different seeds. Where no
    network has two seeds, the spread is unknown and all is 1 or 0.

    Args:
        fixed: (N, k) exact costs, lower is better; k may be 0.
        scores: of each network: seed -> score, higher is better.

    Raises:
        ValueError: the lengths differ, a network has no score, or a value is NaN or (a score) infinite.

    Source: Efron and Tibshirani 1993, chapter 9 (bootstrapping residuals).
    """
    costs = _costs(fixed, scores)
    means = np.array([statistics.fmean(by_seed.values()) for by_seed in scores])
    pool = _residuals(scores)
    rng = np.random.default_rng(seed)
    noise = [rng.choice(pool, (resamples, len(by_seed))).mean(axis=1) for by_seed in scores]
    drawn = means + np.reshape(noise, (len(scores), resamples)).T
    fronts = [nondominated(np.column_stack([costs, -row])) for row in drawn]
    return np.asarray(np.mean(fronts, axis=0))


def _residuals(scores: Sequence[Mapping[int, float]]) -> Floats:
    """What is left of each score without its network's mean and its seed's part, as wide as the noise.

    The parts are fitted together (least squares), as networks may have run different seeds. Each residual is
    scaled by the freedom that the fit left it: (1 - 1/n) (1 - 1/m) with n seeds of m networks.
    """
    several = [by_seed for by_seed in scores if len(by_seed) > 1]
    if not several:
        return np.zeros(1)
    seeds = sorted({seed for by_seed in several for seed in by_seed})
    indicators = [np.equal.outer([*by_seed], seeds).astype(np.float64) for by_seed in several]
    parts = np.vstack([rows - rows.mean(axis=0) for rows in indicators])
    deviations = np.concatenate([_deviations(by_seed) for by_seed in several])
    freedom = np.concatenate([np.full(len(by_seed), 1 - 1 / len(by_seed)) for by_seed in several])
    # A network alone with its seeds leaves nothing: what they do and noise are one, and count as noise.
    without_seeds = _scaled(parts, deviations, freedom)
    residuals = without_seeds if len(without_seeds) else deviations / np.sqrt(freedom)
    return residuals.round(_DECIMALS)  # networks that tie do so on every machine


def _scaled(parts: Floats, deviations: Floats, freedom: Floats) -> Floats:
    """Residuals of the fit of `parts` (rows, seeds), less those that it leaves no freedom."""
    basis, sizes, _ = np.linalg.svd(parts, full_matrices=False)
    basis = basis[:, sizes > _ZERO]
    left = freedom - (basis**2).sum(axis=1)
    free = left > _ZERO
    residuals = deviations - basis @ (basis.T @ deviations)
    return np.asarray(residuals[free] / np.sqrt(left[free]))


def _deviations(by_seed: Mapping[int, float]) -> Floats:
    return np.array([*by_seed.values()]) - statistics.fmean(by_seed.values())


def _costs(fixed: npt.ArrayLike, scores: Sequence[Mapping[int, float]]) -> Floats:
    costs = np.asarray(fixed, dtype=np.float64)
    if costs.ndim != 2 or len(costs) != len(scores):
        raise ValueError(f"costs of shape ({len(scores)}, k) are needed; got {costs.shape}")
    if not all(scores):
        raise ValueError("a score of each network is needed; leave out what has not been measured")
    if not all(math.isfinite(score) for by_seed in scores for score in by_seed.values()):
        raise ValueError("finite scores are needed; leave out what has not been measured")
    return costs
