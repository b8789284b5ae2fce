"""Samplers and pruners, Optuna's and ours, each by its name with its options; and the study they make."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from moat_lab.metrics import CLOSED_FORM, METRICS
from moat_lab.records.search import Pruning, Search
from moat_lab.search.candidates import Candidates, Digits
from moat_lab.search.class_registry import ClassRegistry

if TYPE_CHECKING:
    import optuna
    from optuna.pruners import BasePruner
    from optuna.samplers import BaseSampler

SAMPLERS = ClassRegistry(
    kind="sampler",
    paths={
        "evolution": "moat_lab.search.evolution:EvolutionSampler",
        "random": "optuna.samplers:RandomSampler",
        "brute_force": "optuna.samplers:BruteForceSampler",
        "qmc": "optuna.samplers:QMCSampler",
        "tpe": "optuna.samplers:TPESampler",
        "nsga2": "optuna.samplers:NSGAIISampler",
        "nsga3": "optuna.samplers:NSGAIIISampler",
        "gp": "optuna.samplers:GPSampler",
    },
    seeds=("seed",),
)
PRUNERS = ClassRegistry(
    kind="pruner",
    paths={
        "hyperband": "optuna.pruners:HyperbandPruner",
        "median": "optuna.pruners:MedianPruner",
        "percentile": "optuna.pruners:PercentilePruner",
        "successive_halving": "optuna.pruners:SuccessiveHalvingPruner",
    },
)


def make_sampler(search: Search, candidates: Candidates) -> BaseSampler:
    """The sampler of a checked search, seeded; ours also knows the limits, exact costs and reference."""
    if search.sampler["name"] != "evolution":
        return SAMPLERS.make(search.sampler)  # type: ignore[no-any-return]
    exact_objectives = [(i, name) for i, name in enumerate(search.objectives) if name in CLOSED_FORM]

    @cache
    def digits(genes: frozenset[tuple[str, Any]]) -> Digits:
        return candidates.digits(dict(genes))

    def exact(params: Mapping[str, Any]) -> dict[int, float]:
        costs = candidates.variant(digits(frozenset(params.items()))).costs
        return {i: costs[name] for i, name in exact_objectives}

    return SAMPLERS.make(  # type: ignore[no-any-return]
        search.sampler,
        space=candidates.distributions(),
        exact=exact,
        allowed=lambda params: not candidates.excess(digits(frozenset(params.items()))),
        reference={i: search.reference[o] for i, o in enumerate(search.objectives)},
    )


def make_pruner(pruning: Pruning | None, *, epochs: int) -> BasePruner:
    """The pruner of a checked search; Hyperband's largest resource is the recipe's epochs, unless said.

    Left to itself it would wait for a first whole training, and prune nothing until then.
    """
    if pruning is None:
        from optuna.pruners import NopPruner

        return NopPruner()
    most = {"max_resource": epochs} if pruning.pruner["name"] == "hyperband" else {}
    return PRUNERS.make(most | dict(pruning.pruner))  # type: ignore[no-any-return]


def new_study(search: Search, candidates: Candidates, *, epochs: int, name: str = "search") -> optuna.Study:
    """An empty Optuna study with the search's sampler, in memory.

    What it learns follows from the evaluations, and is told again. The name is fixed, for Hyperband's
    brackets follow from it.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sides = optuna.study.StudyDirection
    directions = [sides[METRICS[name].direction.upper()] for name in search.objectives]
    sampler, pruner = make_sampler(search, candidates), make_pruner(search.pruning, epochs=epochs)
    return optuna.create_study(study_name=name, directions=directions, sampler=sampler, pruner=pruner)
