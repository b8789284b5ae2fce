"""Guesses of an objective as the mean of a Gaussian process, with the weight that they have earned."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from moat_lab.analysis.correlation import rank_correlation

Floats = npt.NDArray[np.float64]
_RESAMPLES = 500


def earned_slope(guesses: Floats, losses: Floats) -> float:
    """By how much a loss is expected to rise with its guess; 0 where the guesses tell nothing.

    They tell nothing unless the 95 % interval of Kendall's tau of guesses (N,) with losses (N,) lies above 0.
    Otherwise they weigh as much as the correlation that goes with this tau in a normal distribution.

    Source: Greiner 1909, r = sin(pi tau / 2).
    """
    tau = rank_correlation(guesses, losses, resamples=_RESAMPLES)
    if not tau.low > 0:
        return 0.0
    return math.sin(math.pi / 2 * tau.mean) * float(losses.std() / guesses.std())
