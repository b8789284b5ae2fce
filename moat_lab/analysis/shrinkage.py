"""Shrunken means: what networks reach, as far as their seeds tell, and how sure that is."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit, logit

from moat_lab.analysis.frontier import Floats
from moat_lab.analysis.seed_noise import ScoresBySeed, SeedNoise, seed_noise

_EDGE = 1e-3
"""Scores nearer to 0 or 1 have the log-odds of this."""
_POINTS = 300
"""Of the prior."""
_ERRORS = 3.0
"""Standard errors that the prior reaches beyond the means."""
_ROUNDS = 6
"""Of the fit: with more, the prior becomes lumps, and intervals too short."""
_UNIFORM = 0.5
"""Networks that a uniform prior weighs as much as."""
_FEWEST = 5
"""Networks for a trend over costs."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Posterior:
    """What each of N networks may truly reach: values (N, K), rising, with their probabilities (N, K)."""

    values: Floats
    weights: Floats

    @property
    def means(self) -> Floats:
        """(N,) the shrunken means."""
        return np.asarray((self.weights * self.values).sum(axis=1))

    @property
    def deviations(self) -> Floats:
        """(N,) the standard errors of the shrunken means; 0 where seeds do not tell how much they differ."""
        spread = self.values - self.means[:, None]
        return np.asarray(np.sqrt((self.weights * spread**2).sum(axis=1)))

    def draws(self, count: int, rng: np.random.Generator) -> Floats:
        """(count, N) independent draws for each network, between the values."""
        below = self.weights.cumsum(axis=1) - self.weights / 2
        drawn = [np.interp(rng.random(count), *pair) for pair in zip(below, self.values, strict=True)]
        return np.reshape(drawn, (len(self.values), count)).T


def shrunken_scores(costs: npt.ArrayLike, scores: Sequence[ScoresBySeed], *, step: float = 0.0) -> Posterior:
    """The posterior of each network's true mean, by empirical Bayes.

    The best of many means is overrated by what is luck in it, and the more so, the more seeds differ. Here
    the log-odds of what a network reaches are a line in its log costs plus a deviation. The deviations have
    no distribution that is known beforehand: a network's prior is where the other networks are. Its mean is
    normal around what it reaches, with the variance of `seed_noise` there over its number of seeds. Where
    no network has two seeds, each mean stays as it is.

    Args:
        costs: (N, k) above 0; k may be 0.
        scores: of each network: seed -> score, a fraction.
        step: what scores are rounded to.

    Source: Jiang and Zhang 2009, arXiv 0908.1709 (prior without a shape); Asuncion et al. 2009, arXiv
    1205.2662 (each by the others, CVB0); Fay and Herriot 1979 (trend).
    """
    means = np.array([statistics.fmean(by_seed.values()) for by_seed in scores])
    noise = seed_noise(scores, step=step)
    if noise is None:
        return Posterior(values=means[:, None], weights=np.ones((len(means), 1)))
    seeds = np.array([len(by_seed) for by_seed in scores])
    trend = _trend(np.asarray(costs, dtype=np.float64), _log_odds(means))
    errors = np.sqrt(noise.variance(means) / seeds) / np.clip(means * (1 - means), _EDGE, None)
    values = expit(trend[:, None] + _deviations(_log_odds(means) - trend, margin=_ERRORS * errors.max()))
    likelihood = _likelihood(means, values, noise, seeds)
    return Posterior(values=values, weights=_weights(likelihood))


def _log_odds(means: Floats) -> Floats:
    return np.asarray(logit(np.clip(means, _EDGE, 1 - _EDGE)))


def _trend(costs: Floats, log_odds: Floats) -> Floats:
    """(N,) a line in the log costs that networks far from it do not draw to themselves."""
    if len(costs) < _FEWEST:
        return np.full(len(log_odds), np.median(log_odds))
    from scipy.optimize import least_squares  # slow to import

    logs = np.log(np.maximum(costs, np.finfo(np.float64).tiny))
    columns = np.column_stack([np.ones(len(costs)), (logs - logs.mean(axis=0)) / (logs.std(axis=0) + 1e-9)])
    start = np.zeros(columns.shape[1])
    start[0] = middle = np.median(log_odds)
    width = max(float(np.median(np.abs(log_odds - middle))), 1e-3)
    fitted = least_squares(lambda line: columns @ line - log_odds, start, loss="cauchy", f_scale=width)
    return np.asarray(columns @ fitted.x)


def _deviations(observed: Floats, *, margin: float) -> Floats:
    """(K,) where the prior of the deviations is."""
    return np.linspace(observed.min() - margin, observed.max() + margin, _POINTS)


def _likelihood(means: Floats, values: Floats, noise: SeedNoise, seeds: npt.NDArray[np.int64]) -> Floats:
    """(N, K) of a network's mean, if its value were this; up to a factor of each network."""
    finest = (
        np.gradient(values, axis=1) ** 2 / 4
    )  # narrower than the values are apart would fall between them
    variances = np.maximum(noise.variance(values) / seeds[:, None], finest)
    logs = -((means[:, None] - values) ** 2) / (2 * variances) - np.log(variances) / 2
    return np.asarray(np.exp(logs - logs.max(axis=1, keepdims=True)))


def _weights(likelihood: Floats) -> Floats:
    """(N, K) the posterior of each network, by the prior that the others give it."""
    weights = likelihood / likelihood.sum(axis=1, keepdims=True)
    for _ in range(_ROUNDS):
        weights = likelihood * (weights.sum(axis=0) - weights + _UNIFORM / weights.shape[1])
        weights /= weights.sum(axis=1, keepdims=True)
    return np.asarray(weights)
