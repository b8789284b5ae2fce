"""What another recipe gains on the same images, pair by pair."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from moat_lab.analysis.intervals import Interval, mean_interval
from moat_lab.analysis.trainings import counted, scores_by_network
from moat_lab.records import Evaluation, Plan

_SAME_IMAGES = ("data", "task", "resolution", "train", "val", "split", "split_seed", "fresh")
Scores = Mapping[str, Mapping[int, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """By how much a schedule's scores are above another's.

    Args:
        by_variant: network key -> the mean over seeds that both have, with Student's t interval, fractions.
        mean: over variants, for each seed that all pairs have.
    """

    schedule: str
    over: str
    by_variant: Mapping[str, Interval]
    mean: Interval


def gains(runs: Mapping[str, tuple[Plan, Sequence[Evaluation]]]) -> list[Gain]:
    """Of each schedule over the first one before it that trains and validates on the same images."""
    firsts: dict[tuple[object, ...], str] = {}
    found = []
    for name, (plan, _) in runs.items():
        first = firsts.setdefault(tuple(plan.recipe.get(key) for key in _SAME_IMAGES), name)
        if first != name:
            found.append(_gain(name, _scores(runs[name]), first, _scores(runs[first])))
    return found


def _scores(run: tuple[Plan, Sequence[Evaluation]]) -> Scores:
    return scores_by_network(counted(*run))


def _gain(name: str, scores: Scores, first: str, others: Scores) -> Gain:
    differences = {
        key: {seed: score - others[key][seed] for seed, score in by_seed.items() if seed in others[key]}
        for key, by_seed in scores.items()
        if key in others
    }
    return Gain(
        schedule=name,
        over=first,
        by_variant={key: mean_interval(by_seed.values()) for key, by_seed in differences.items()},
        mean=mean_interval(_means(differences.values())),
    )


def _means(differences: Iterable[Mapping[int, float]]) -> list[float]:
    """Over variants, for each seed that all have."""
    pairs = list(differences)
    seeds = set.intersection(*({*by_seed} for by_seed in pairs)) if pairs else set()
    return [fmean(by_seed[seed] for by_seed in pairs) for seed in sorted(seeds)]
