"""A search as an Optuna study."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from moat_lab.errors import UserError
from moat_lab.records import Search
from moat_lab.search.candidates import Candidates
from moat_lab.search.pruners import make_pruner
from moat_lab.search.samplers import make_sampler

if TYPE_CHECKING:
    import optuna


def new_study(
    search: Search, candidates: Candidates, *, epochs: int, storage: str | None = None, name: str = "search"
) -> optuna.Study:
    """An empty Optuna study with the search's sampler; one of the same name in the storage is replaced.

    What it held follows from the evaluations, and is told again. The name is fixed, for Hyperband's brackets
    follow from it.

    Raises:
        UserError: the storage cannot be opened.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sides = optuna.study.StudyDirection
    directions = [sides.MAXIMIZE if o == "top1" else sides.MINIMIZE for o in search.objectives]
    sampler, pruner = make_sampler(search, candidates), make_pruner(search.pruning, epochs=epochs)
    with opening(storage):
        if storage is not None and name in optuna.get_all_study_names(storage):
            optuna.delete_study(study_name=name, storage=storage)
        return optuna.create_study(
            study_name=name, storage=storage, directions=directions, sampler=sampler, pruner=pruner
        )


@contextmanager
def opening(storage: str | None) -> Iterator[None]:
    """Raises UserError where Optuna cannot open a storage."""
    try:
        yield
    except Exception as error:  # what a storage's driver raises is its own
        raise UserError(f"storage '{storage}' cannot be opened: {str(error).splitlines()[0]}") from error
