"""The Optuna study of a search, with its sampler and pruner, each made by its name with its options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moat_lab.metrics import METRICS
from moat_lab.records.search import Pruning, Search
from moat_lab.search.candidates import Candidates
from moat_lab.search.class_registry import ClassRegistry
from moat_lab.search.samplers import SAMPLERS

if TYPE_CHECKING:
    import optuna
    from optuna.pruners import BasePruner
    from optuna.samplers import BaseSampler

SAMPLER_CLASSES = ClassRegistry(
    kind="sampler",
    paths={name: sampler.path for name, sampler in SAMPLERS.items()},
    seeded=frozenset(name for name, sampler in SAMPLERS.items() if sampler.seeded),
)
PRUNER_CLASSES = ClassRegistry(
    kind="pruner",
    paths={
        "hyperband": "optuna.pruners:HyperbandPruner",
        "median": "optuna.pruners:MedianPruner",
        "percentile": "optuna.pruners:PercentilePruner",
        "successive_halving": "optuna.pruners:SuccessiveHalvingPruner",
    },
)


def make_sampler(search: Search, candidates: Candidates) -> BaseSampler:
    """The sampler of a checked search."""
    arguments = SAMPLERS[search.sampler["name"]].arguments(search, candidates)
    return SAMPLER_CLASSES.make(search.sampler, **arguments)  # type: ignore[no-any-return]


def make_pruner(pruning: Pruning | None, *, epochs: int) -> BasePruner:
    """The pruner of a checked search; Hyperband's largest resource is the recipe's epochs, unless said.

    Left to itself it would wait for a first whole training, and prune nothing until then.
    """
    if pruning is None:
        from optuna.pruners import NopPruner

        return NopPruner()
    most = {"max_resource": epochs} if pruning.pruner["name"] == "hyperband" else {}
    return PRUNER_CLASSES.make(most | dict(pruning.pruner))  # type: ignore[no-any-return]


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
