"""How much the scores of one network differ between seeds, as a function of its mean."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from moat_lab.analysis.frontier import Floats
from moat_lab.analysis.intervals import rounding_sd

_ZERO = 1e-9
"""What a share of freedom or a singular value below this is, but for rounding."""
_FREEDOM = 40
"""Degrees of freedom that a variance is pooled over: its square root is then known to 11 %."""
_ENOUGH = 10
"""Degrees of freedom with which the part that all networks share is told from noise."""

ScoresBySeed = Mapping[int, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeedNoise:
    """The variance of one training around its network's mean, what a seed does to all networks left out.

    Args:
        centres: (K,) means, rising.
        variances: (K,) at these; in between it is interpolated, beyond them it stays.
    """

    centres: Floats
    variances: Floats

    def variance(self, mean: npt.ArrayLike) -> Floats:
        """Of one training, in the shape of `mean`."""
        return np.asarray(np.interp(np.asarray(mean, dtype=np.float64), self.centres, self.variances))


def seed_noise(scores: Sequence[ScoresBySeed], *, step: float = 0.0) -> SeedNoise | None:
    """The noise of seeds; None where no network has two of them.

    Good networks differ less between seeds than bad ones, by ten times and more. So variances are pooled over
    networks whose means are neighbours, as many as have 40 degrees of freedom together, or all.

    Args:
        scores: of each network: seed -> score.
        step: what scores are rounded to; the variance is at least that of such rounding.

    Source: variance as a function of the mean, Carroll and Ruppert 1988, chapter 3.
    """
    several = sorted((by_seed for by_seed in scores if len(by_seed) > 1), key=_mean)
    if not several:
        return None
    centres, variances = _pooled(several)
    noise = SeedNoise(centres=centres, variances=np.maximum(variances, _ZERO**2))
    own = variances * _own_share(several, noise)
    return SeedNoise(centres=centres, variances=np.maximum(own, rounding_sd(step, 1) ** 2))


def _pooled(several: Sequence[ScoresBySeed]) -> tuple[Floats, Floats]:
    """Mean and variance of each run of neighbours, given by rising mean."""
    means, freedom = np.array([*map(_mean, several)]), np.array([len(by_seed) - 1 for by_seed in several])
    squares = freedom * np.array([statistics.variance(by_seed.values()) for by_seed in several])
    size = min(len(several), math.ceil(_FREEDOM / float(freedom.mean())))
    sums = [_sliding_sums(values, size) for values in (means, squares, freedom)]
    return sums[0] / size, sums[1] / sums[2]


def _sliding_sums(values: Floats, size: int) -> Floats:
    return np.asarray(np.lib.stride_tricks.sliding_window_view(values, size).sum(axis=1))


def _own_share(several: Sequence[ScoresBySeed], noise: SeedNoise) -> float:
    """The share of the variance that is a network's own, and not the seed's part in all networks.

    A seed moves each network by the same number of the network's own deviations. These numbers are fitted
    together (least squares), as networks may have run different seeds. What too few trainings cannot tell
    apart counts as the network's own.
    """
    seeds = sorted({seed for by_seed in several for seed in by_seed})
    indicators = [np.equal.outer([*by_seed], seeds).astype(np.float64) for by_seed in several]
    parts = np.vstack([rows - rows.mean(axis=0) for rows in indicators])
    deviations = np.concatenate([_standardised(by_seed, noise) for by_seed in several])
    basis, sizes, _ = np.linalg.svd(parts, full_matrices=False)
    basis = basis[:, sizes > _ZERO]
    freedom = len(deviations) - len(several) - basis.shape[1]
    if freedom < _ENOUGH:
        return 1.0
    residuals = deviations - basis @ (basis.T @ deviations)
    return float((residuals**2).sum() / freedom)


def _standardised(by_seed: ScoresBySeed, noise: SeedNoise) -> Floats:
    mean = _mean(by_seed)
    return (np.array([*by_seed.values()]) - mean) / np.sqrt(noise.variance(mean))


def _mean(by_seed: ScoresBySeed) -> float:
    return statistics.fmean(by_seed.values())
