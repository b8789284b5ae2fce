"""Whether two measures order networks alike."""

import math

import numpy as np
import numpy.typing as npt

from moat_lab.analysis.frontier import Floats
from moat_lab.analysis.intervals import Interval

FEWEST_PAIRS = 3


def rank_correlation(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    *,
    confidence: float = 0.95,
    resamples: int = 2000,
    seed: int = 0,
) -> Interval:
    """Kendall's tau-b, with a percentile bootstrap interval over the pairs.

    NaN with fewer than three pairs, or where one side is constant. Where the order agrees in every pair,
    so it does in every resample, and the interval has no width, however few the pairs.

    Args:
        x: (N,) numbers.
        y: (N,) numbers.

    Raises:
        ValueError: the lengths differ, or a value is NaN.

    Source: Kendall 1945; Efron 1979.
    """
    first, second = _checked(x, y)
    n = len(first)
    taus = _tau_b(first, second, np.ones((1, n)))
    if n < FEWEST_PAIRS or not taus.size:
        return Interval(mean=math.nan, low=math.nan, high=math.nan, n=n)
    copies = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=resamples)
    drawn, tail = _tau_b(first, second, copies.astype(np.float64)), (1 - confidence) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail]) if drawn.size else (math.nan, math.nan)
    return Interval(mean=float(taus[0]), low=float(low), high=float(high), n=n)


def agreements(guesses: npt.ArrayLike, scores: npt.ArrayLike) -> dict[str, Interval]:
    """How the order of guesses (N,) agrees with that of scores (N,), NaN where unknown: `rank_correlation`.

    Of all that are known, and of the third of them whose scores are best.
    """
    first, second = np.asarray(guesses, dtype=np.float64), np.asarray(scores, dtype=np.float64)
    known = np.flatnonzero(~np.isnan(first) & ~np.isnan(second))
    best = known[np.argsort(-second[known], kind="stable")[: len(known) // 3]]
    groups = {"all": known, "the best third": best}
    return {name: rank_correlation(first[rows], second[rows]) for name, rows in groups.items()}


def _tau_b(x: Floats, y: Floats, copies: Floats) -> Floats:
    """(R,) tau-b of R resamples that hold each pair `copies` (R, N) times, less the constant ones.

    Two copies of one pair are tied on both sides, as the zero diagonals of the signs say: so a resample is
    a quadratic form, and all of them are three matrix products instead of R sorts.
    """
    signs_x, signs_y = _signs(x), _signs(y)
    agree, untied_x, untied_y = (
        np.einsum("rn,rn->r", copies @ signs, copies) for signs in (signs_x * signs_y, signs_x**2, signs_y**2)
    )
    varied = (untied_x > 0) & (untied_y > 0)
    return np.asarray(agree[varied] / np.sqrt(untied_x[varied] * untied_y[varied]))


def _signs(values: Floats) -> Floats:
    """(N, N) 1 where the row's value is above the column's, -1 where it is below."""
    above = values[:, None] > values
    return above.astype(np.float64) - above.T


def _checked(x: npt.ArrayLike, y: npt.ArrayLike) -> tuple[Floats, Floats]:
    first, second = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if first.ndim != 1 or first.shape != second.shape:
        raise ValueError(f"x and y of one length are needed; got {first.shape} and {second.shape}")
    if np.isnan(first).any() or np.isnan(second).any():
        raise ValueError("x and y without NaN are needed; leave out what has not been measured")
    return first, second
