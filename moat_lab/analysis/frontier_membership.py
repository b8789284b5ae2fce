"""How sure it is that a network is on the frontier, given how much seeds differ."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from moat_lab.analysis.frontier import Floats, nondominated
from moat_lab.analysis.seed_noise import ScoresBySeed
from moat_lab.analysis.shrinkage import shrunken_scores


def frontier_probability(
    fixed: npt.ArrayLike,
    scores: Sequence[ScoresBySeed],
    *,
    step: float = 0.0,
    resamples: int = 2000,
    seed: int = 0,
) -> Floats:
    """(N,) probability that each network is on the frontier of `fixed` and of what it truly reaches.

    It is the share of draws from the posterior of `shrunken_scores` in which the network is on it. Noise that
    is added to the means, as by a bootstrap, would count twice, since they hold it already: networks on the
    true frontier then seem to be off it. Where no network has two seeds, the spread is unknown and all is 1
    or 0.

    Args:
        fixed: (N, k) exact costs above 0, lower is better; k may be 0.
        scores: of each network: seed -> score, a fraction, higher is better.
        step: what scores are rounded to.

    Raises:
        ValueError: the lengths differ, a network has no score, or a value is NaN or (a score) infinite.
    """
    costs = _costs(fixed, scores)
    if not scores:
        return np.zeros(0)
    drawn = shrunken_scores(costs, scores, step=step).draws(resamples, np.random.default_rng(seed))
    fronts = [nondominated(np.column_stack([costs, -row])) for row in drawn]
    return np.asarray(np.mean(fronts, axis=0))


def _costs(fixed: npt.ArrayLike, scores: Sequence[ScoresBySeed]) -> Floats:
    costs = np.asarray(fixed, dtype=np.float64)
    if costs.ndim != 2 or len(costs) != len(scores):
        raise ValueError(f"costs of shape ({len(scores)}, k) are needed; got {costs.shape}")
    if np.isnan(costs).any():
        raise ValueError("costs without NaN are needed; leave out what has not been measured")
    if not all(scores):
        raise ValueError("a score of each network is needed; leave out what has not been measured")
    if not all(math.isfinite(score) for by_seed in scores for score in by_seed.values()):
        raise ValueError("finite scores are needed; leave out what has not been measured")
    return costs
