"""What a schedule is worth as a proxy: how well it tells networks apart, and where it stops."""

import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean, median

import numpy as np

from moat_lab.analysis.intervals import mean_interval
from moat_lab.analysis.mechanism import MechanismCheck, mechanism_checks
from moat_lab.analysis.signal_to_noise import signal_to_noise
from moat_lab.analysis.trainings import counted, scores_by_network, trained_for
from moat_lab.records import Evaluation, Plan

COLUMNS = (
    "seeds",
    "signal",
    "noise",
    "snr",
    "snr_without",
    "snr_without_low",
    "snr_without_high",
    "snr_of_means",
    "snr2_per_s",
    "headroom",
    "compression",
    "late_gain",
    "checked",
    "in_use",
    "mechanism",
    "mechanism_low",
    "mechanism_high",
)
CEILING, COMPRESSED = 0.05, 0.5
"""A schedule is at its ceiling where the best network is nearer to 1, and the better half is squeezed so."""
RISING = 0.01
"""A schedule measures in mid-rise where the last tenth of training adds as much to the mean score."""


def proxy_quality(
    plan: Plan, evaluations: Sequence[Evaluation], outlier: Mapping[str, str]
) -> dict[str, float]:
    """The `COLUMNS` of one schedule; scores are fractions, and what too few trainings do not tell is NaN.

    seeds (of a network, mean number), signal and noise (deviations between networks and between seeds), snr,
    snr_without (the variants with the outlier's levels, as all up to compression) with its 95 % interval,
    snr_of_means (over seeds), snr2_per_s (by the median seconds of a training), headroom (1 less the best
    mean), compression (best less median over median less worst), late_gain (what the mean score gains in the
    last tenth of the epochs), checked and in_use (variants with a twin, and those where the mechanism
    matters), mechanism (mean effect over these twins, paired by seed) with its 95 % interval.
    """
    of_plan = [e for e in counted(plan, evaluations) if e.status == "ok"]
    scores = scores_by_network(of_plan)
    every = signal_to_noise(scores.values())
    kept = {v.key for v in plan.variants if not outlier or not outlier.items() <= v.factors.items()}
    inner = {key: by_seed for key, by_seed in scores.items() if key in kept}
    without = signal_to_noise(inner.values())
    train_s = median([e.train_s for e in of_plan]) if of_plan else math.nan
    return {
        "seeds": every.seeds,
        "signal": every.signal,
        "noise": every.noise,
        "snr": every.ratio.mean,
        "snr_without": without.ratio.mean,
        "snr_without_low": without.ratio.low,
        "snr_without_high": without.ratio.high,
        "snr_of_means": without.ratio_of_means,
        "snr2_per_s": without.ratio.mean**2 / train_s if train_s > 0 else math.nan,
        **_ceiling([fmean(by_seed.values()) for by_seed in inner.values()]),
        "late_gain": late_gain(of_plan),
        **_mechanism(mechanism_checks(plan, evaluations), plan, evaluations),
    }


def _ceiling(means: Sequence[float]) -> dict[str, float]:
    """How far the best mean is from 1, and how the better half of the means is spread against the other."""
    if len(means) < 2:
        return {"headroom": math.nan, "compression": math.nan}
    best, middle, worst = max(means), median(means), min(means)
    compression = (best - middle) / (middle - worst) if middle > worst else math.nan
    return {"headroom": 1 - best, "compression": compression}


def late_gain(evaluations: Iterable[Evaluation]) -> float:
    """What the last tenth of the epochs adds to a score, the mean over trainings; NaN without curves.

    Between two points of a curve it is taken to rise evenly.
    """
    gains = []
    for curve in (e.curve for e in evaluations if len(e.curve) > 1):
        epochs, scores = [point.epoch for point in curve], [point.score for point in curve]
        gains.append(scores[-1] - float(np.interp(0.9 * epochs[-1], epochs, scores)))
    return fmean(gains) if gains else math.nan


def _mechanism(
    checks: Sequence[MechanismCheck], plan: Plan, evaluations: Sequence[Evaluation]
) -> dict[str, float]:
    """Of the manipulation check; the effect is the mean over variants for each seed that all pairs have."""
    scores = scores_by_network(trained_for(plan, evaluations))
    pairs = [(scores.get(check.variant, {}), scores.get(check.twin, {})) for check in checks]
    seeds = set.intersection(*({*a} & {*b} for a, b in pairs)) if pairs else set()
    effect = mean_interval([fmean(a[seed] - b[seed] for a, b in pairs) for seed in sorted(seeds)])
    return {
        "checked": len(checks),
        "in_use": sum(check.matters for check in checks),
        "mechanism": effect.mean,
        "mechanism_low": effect.low,
        "mechanism_high": effect.high,
    }
