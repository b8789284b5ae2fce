"""Trainings that lie anywhere below a results root, by network and seed: whatever study asked for them."""

from collections.abc import Container, Iterable
from pathlib import Path

from moat_lab.records.plan import Plan
from moat_lab.records.results_folder import ResultsFolder
from moat_lab.records.store import Store

RecordedRuns = dict[str, dict[int, Store]]
"""Network key -> seed -> the folder of evaluations that holds it."""


def recorded_runs(roots: Iterable[Path], recipe_key: str) -> RecordedRuns:
    """All evaluations by a recipe below the roots, by the names of their files; of two it is the first."""
    found: RecordedRuns = {}
    for root in roots:
        for folder in ResultsFolder.below(root):
            for key, seed in folder.evaluations.names(recipe_key):
                found.setdefault(key, {}).setdefault(seed, folder.evaluations)
    return found


def recorded_scores(
    roots: Iterable[Path], recipe_key: str, keys: Container[str] | None = None
) -> dict[str, dict[int, float]]:
    """Network key -> seed -> score of trainings by a recipe below the roots; of these networks, or of all."""
    return {
        key: {
            seed: e.score
            for seed, store in stores.items()
            if (e := store.find(key, recipe_key, seed)) is not None and e.score is not None
        }
        for key, stores in recorded_runs(roots, recipe_key).items()
        if keys is None or key in keys
    }


def missing_runs(plan: Plan, folder: ResultsFolder) -> list[tuple[str, int]]:
    """Network key and seed of each training of a plan that has no file in its folder."""
    names = set(folder.evaluations.names(plan.recipe_key))
    wanted = ((v.key, seed) for v in plan.networks for seed in plan.seeds_of(v.key))
    return [run for run in wanted if run not in names]


def take_recorded(plan: Plan, folder: ResultsFolder, root: Path) -> int:
    """Copies to a folder the finished trainings that it lacks, and other folders below the root have.

    A training is the same whoever asked for it: network, recipe and seed are its key. So a folder stays whole
    in itself, and is read as before. Gives how many were taken.
    """
    missing, taken = missing_runs(plan, folder), 0
    there = recorded_runs([root], plan.recipe_key) if missing else {}
    for key, seed in missing:
        store = there.get(key, {}).get(seed)
        record = store.find(key, plan.recipe_key, seed) if store else None
        if record is not None and record.status == "ok":
            folder.evaluations.append(record)
            taken += 1
    return taken
