"""How far networks lie apart, in deviations between the seeds of one network."""

import math
import statistics
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from scipy.special import fdtri

from moat_lab.analysis.intervals import Interval


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalToNoise:
    """Variance components of a score over networks and seeds; NaN where these are too few.

    Attributes:
        signal: deviation between networks, without what their few seeds add to it; 0 where that is all.
        noise: deviation between the seeds of a network, pooled over networks.
        ratio: signal over noise, of one training each, with its 95 % interval.
        seeds: of a network, their mean number.
    """

    signal: float
    noise: float
    ratio: Interval
    seeds: float

    @property
    def ratio_of_means(self) -> float:
        """Of the networks' means over their seeds, against the standard error of such a mean."""
        return self.ratio.mean * math.sqrt(self.seeds)


def signal_to_noise(scores: Collection[Mapping[int, float]]) -> SignalToNoise:
    """The variance components of networks and seeds, by the method of moments.

    The variance of means over n seeds is that of the networks and an n-th of that of the seeds, which is
    taken off: without this, networks that are all alike have a ratio of 1 / sqrt(n). The interval is exact
    for normal scores and equally many seeds.

    Args:
        scores: of each network, seed -> score.

    Source: one-way random-effects analysis of variance, Searle, Casella and McCulloch 1992, chapter 3.
    """
    groups = [list(by_seed.values()) for by_seed in scores if by_seed]
    seeds = statistics.fmean(map(len, groups)) if groups else math.nan
    free = sum(len(group) - 1 for group in groups)
    within = sum(statistics.variance(group) * (len(group) - 1) for group in groups if len(group) > 1)
    if len(groups) < 2 or not within:
        unknown = Interval(mean=math.nan, low=math.nan, high=math.nan, n=len(groups))
        return SignalToNoise(signal=math.nan, noise=math.nan, ratio=unknown, seeds=seeds)
    noise = math.sqrt(within / free)
    of_means = statistics.variance([statistics.fmean(group) for group in groups]) / noise**2
    each = statistics.harmonic_mean(map(len, groups))
    low, high = (_ratio(of_means / fdtri(len(groups) - 1, free, p), each) for p in (0.975, 0.025))
    ratio = Interval(mean=_ratio(of_means, each), low=low, high=high, n=len(groups))
    return SignalToNoise(signal=ratio.mean * noise, noise=noise, ratio=ratio, seeds=seeds)


def _ratio(of_means: float, seeds: float) -> float:
    """From the variance of means over so many seeds, in variances of one seed."""
    return math.sqrt(max(0.0, of_means - 1 / seeds))
