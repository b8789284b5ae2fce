"""Which schedules order networks as the longest does, and how well each tells networks apart."""

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from statistics import fmean
from types import MappingProxyType

import numpy as np
import pandas as pd

from moat_lab.analysis.correlation import rank_correlation
from moat_lab.analysis.proxy_quality import COLUMNS, proxy_quality
from moat_lab.analysis.trainings import counted, scores_by_network
from moat_lab.records import Evaluation, Plan

TRUSTED = 0.8
"""Kendall's tau from which a schedule is taken to order networks as the longest does."""
NO_OUTLIER: Mapping[str, str] = MappingProxyType({})


def calibration_table(
    runs: Mapping[str, tuple[Plan, Sequence[Evaluation]]], outlier: Mapping[str, str] = NO_OUTLIER
) -> pd.DataFrame:
    """One row for each schedule, in the order given; the first is the one to agree with.

    Columns: schedule, networks (finished in both), train_s (median of a training, seconds), score_low and
    score_high (the worst and the best network, fractions), tau (Kendall's, of the means over seeds, with the
    first schedule's) with tau_low and tau_high, its 95 % interval over networks; seeds_tau (mean tau of one
    seed with another of the same schedule: what luck leaves of the order); then those of `proxy_quality`.

    Args:
        outlier: factor -> level of variants that lie far off.
    """
    means = {name: _means(scores_by_network(counted(*run))) for name, run in runs.items()}
    reference = next(iter(means.values()), {})
    rows = [
        _row(name, means[name], reference, plan, evaluations) | proxy_quality(plan, evaluations, outlier)
        for name, (plan, evaluations) in runs.items()
    ]
    columns = ["schedule", "networks", "train_s", "score_low", "score_high"]
    return pd.DataFrame(rows, columns=[*columns, "tau", "tau_low", "tau_high", "seeds_tau", *COLUMNS])


def cheapest_trusted(table: pd.DataFrame) -> str | None:
    """Of the schedules with a tau high enough, the first aside, the one with the shortest trainings."""
    trusted = table.iloc[1:][table["tau"].iloc[1:] >= TRUSTED]
    return None if trusted.empty else str(trusted.sort_values("train_s")["schedule"].iloc[0])


def _row(
    name: str,
    means: Mapping[str, float],
    reference: Mapping[str, float],
    plan: Plan,
    evaluations: Sequence[Evaluation],
) -> dict[str, object]:
    common = [key for key in reference if key in means]
    tau = rank_correlation([means[key] for key in common], [reference[key] for key in common])
    times = [e.train_s for e in counted(plan, evaluations) if e.status == "ok"]
    return {
        "schedule": name,
        "networks": len(common),
        "train_s": float(np.median(times)) if times else math.nan,
        "score_low": min(means.values(), default=math.nan),
        "score_high": max(means.values(), default=math.nan),
        "tau": tau.mean,
        "tau_low": tau.low,
        "tau_high": tau.high,
        "seeds_tau": _between_seeds(scores_by_network(counted(plan, evaluations))),
    }


def _means(scores: Mapping[str, Mapping[int, float]]) -> dict[str, float]:
    return {key: fmean(by_seed.values()) for key, by_seed in scores.items()}


def _between_seeds(scores: Mapping[str, Mapping[int, float]]) -> float:
    """The mean tau of pairs of seeds, over the networks that have all seeds."""
    seeds = sorted(set().union(*scores.values()))
    complete = [by_seed for by_seed in scores.values() if len(by_seed) == len(seeds)]
    taus = [
        rank_correlation([s[a] for s in complete], [s[b] for s in complete], resamples=1).mean
        for a, b in combinations(seeds, 2)
    ]
    return fmean(taus) if taus else math.nan
