"""A plan carried out: what is missing is trained, and the answer is written."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from moat_lab.proxy import Recipe
from moat_lab.records import Evaluation, Plan, Store, store_of, write_plan
from moat_lab.report.write import write_report
from moat_lab.study.job import Job
from moat_lab.study.progress import Progress
from moat_lab.study.trials import Trials
from moat_lab.study.workers import Finished, Lost, run_jobs


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a run of a study ended."""

    report: Path
    trained: int
    failed: int
    lost: int


def run_study(
    plan: Plan,
    folder: Path,
    *,
    workers: int = 1,
    device: str = "cpu",
    storage: str | None = None,
    progress: Progress | None = None,
    together: bool = False,
) -> Outcome:
    """Trains what `folder` does not hold yet, and writes the report there.

    Whatever ends the run, each finished training is on disk, and is not done again.

    Args:
        folder: such as `results/ablate_order`.
        workers: trainings at a time; they share the machine's cores evenly.
        storage: an Optuna storage URL; left out, SQLite in the folder.
        together: whether a worker trains the missing seeds of a network at once.

    Raises:
        UserError: the device, data or storage does not exist.
    """
    write_plan(folder, plan)
    store = store_of(folder)
    trials = Trials(plan, storage or f"sqlite:///{folder / 'optuna.db'}")
    progress = progress or Progress(plan, workers=workers)
    missing = missing_jobs(plan, store)
    failed = lost = 0
    try:
        _tell_whole(trials, plan, store)
        threads = max(1, (os.cpu_count() or 1) // workers)
        waiting = iter(joined(missing) if together else missing)
        events = run_jobs(
            lambda: next(waiting, None), workers=workers, threads=threads, device=device, store=store
        )
        with closing(events), progress.shown(len(plan.variants) * len(plan.seeds) - len(missing)):
            for event in events:
                progress.update(event)
                lost += isinstance(event, Lost)
                if isinstance(event, Finished):
                    failed += event.evaluation.status == "failed"
                    _tell_whole(trials, plan, store, only=event.job.network_key)
    finally:
        trials.close()
    return Outcome(report=write_report(folder), trained=len(missing) - lost, failed=failed, lost=lost)


def missing_jobs(plan: Plan, store: Store) -> list[Job]:
    """Trainings without a record, seed by seed: whenever it ends, all networks have about equally many."""
    recipe = Recipe.model_validate(plan.recipe)
    return [
        Job(
            network=variant.network,
            network_key=variant.key,
            recipe=recipe,
            seed=seed,
            until=recipe.epochs,
        )
        for seed in plan.seeds
        for variant in plan.variants
        if not store.has(variant.key, plan.recipe_key, seed)
    ]


def joined(jobs: Iterable[Job]) -> list[Job]:
    """One job for each network, with all of its seeds."""
    first: dict[str, Job] = {}
    for job in jobs:
        known = first.setdefault(job.network_key, job)
        if job is not known:
            first[job.network_key] = replace(known, others=(*known.others, job.seed))
    return list(first.values())


def _tell_whole(trials: Trials, plan: Plan, store: Store, *, only: str = "") -> None:
    """Tells Optuna every network (or `only` one) all of whose seeds are on disk."""
    for variant in plan.variants:
        if only in ("", variant.key):
            found = dict(_found(plan, store, variant.key))
            if len(found) == len(plan.seeds):
                trials.tell(variant, found)


def _found(plan: Plan, store: Store, key: str) -> Iterator[tuple[int, Evaluation]]:
    for seed in plan.seeds:
        evaluation = store.find(key, plan.recipe_key, seed)
        if evaluation is not None:
            yield seed, evaluation
