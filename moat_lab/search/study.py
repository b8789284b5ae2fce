"""A search as an Optuna study."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moat_lab.records import Search
from moat_lab.search.candidates import Candidates
from moat_lab.search.pruners import make_pruner
from moat_lab.search.samplers import make_sampler

if TYPE_CHECKING:
    import optuna


def new_study(search: Search, candidates: Candidates, *, epochs: int, name: str = "search") -> optuna.Study:
    """An empty Optuna study with the search's sampler, in memory.

    What it learns follows from the evaluations, and is told again. The name is fixed, for Hyperband's
    brackets follow from it.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sides = optuna.study.StudyDirection
    directions = [sides.MAXIMIZE if o == "top1" else sides.MINIMIZE for o in search.objectives]
    sampler, pruner = make_sampler(search, candidates), make_pruner(search.pruning, epochs=epochs)
    return optuna.create_study(study_name=name, directions=directions, sampler=sampler, pruner=pruner)
