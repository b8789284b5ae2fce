"""The trainings that a plan counts, and their scores."""

from collections import Counter
from collections.abc import Iterable
from typing import TypeVar

from moat_lab.records import Plan, Trained, Variant

T = TypeVar("T", bound=Trained)


def counted(plan: Plan, evaluations: Iterable[T]) -> tuple[T, ...]:
    """The evaluations of the plan's variants by its recipe."""
    return _trained(plan, plan.variants, evaluations)


def trained_for(plan: Plan, evaluations: Iterable[T]) -> tuple[T, ...]:
    """As `counted`, with those of the twins of its variants."""
    return _trained(plan, plan.networks, evaluations)


def _trained(plan: Plan, networks: Iterable[Variant], evaluations: Iterable[T]) -> tuple[T, ...]:
    keys = {variant.key for variant in networks}
    return tuple(e for e in evaluations if e.recipe_key == plan.recipe_key and e.network_key in keys)


def finished_by_network(plan: Plan, evaluations: Iterable[T]) -> dict[str, list[T]]:
    """Key of each variant -> its finished evaluations, in the order in which they come."""
    finished: dict[str, list[T]] = {variant.key: [] for variant in plan.variants}
    for evaluation in evaluations:
        if evaluation.status == "ok":
            finished[evaluation.network_key].append(evaluation)
    return finished


def failures(evaluations: Iterable[Trained]) -> Counter[str]:
    """Network key -> how many of its trainings failed."""
    return Counter(e.network_key for e in evaluations if e.status == "failed")


def scores_of(plan: Plan, evaluations: Iterable[Trained]) -> dict[str, dict[int, float]]:
    """Key of each variant -> seed -> score of its finished evaluations."""
    return {key: by_seed(of) for key, of in finished_by_network(plan, counted(plan, evaluations)).items()}


def scores_by_network(evaluations: Iterable[Trained]) -> dict[str, dict[int, float]]:
    """Network key -> seed -> score, of the networks with a finished evaluation, in the order of these."""
    scores: dict[str, dict[int, float]] = {}
    for e in evaluations:
        if e.score is not None:
            scores.setdefault(e.network_key, {})[e.seed] = e.score
    return scores


def by_seed(finished: Iterable[Trained]) -> dict[int, float]:
    return {e.seed: e.score for e in finished if e.score is not None}
