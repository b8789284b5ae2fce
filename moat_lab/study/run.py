"""A plan carried out: what is missing is trained, and the answer is written."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

from moat_lab.records import Plan, Store, Variant, locked, store_of, write_plan
from moat_lab.report.write import write_report
from moat_lab.study.job import Job
from moat_lab.study.progress import Progress
from moat_lab.study.trials import Trials
from moat_lab.study.workers import Finished, Lost, run_jobs
from moat_lab.train import Recipe


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
    retry_failed: bool = False,
) -> Outcome:
    """Trains what `folder` does not hold yet, and writes the report there.

    Whatever ends the run, each finished training is on disk, and is not done again.

    Args:
        folder: such as `results/ablate_order`.
        workers: trainings at a time; they share the machine's cores evenly.
        storage: an Optuna storage URL; left out, SQLite in the folder.
        together: whether a worker trains the missing seeds of a network at once.
        retry_failed: whether trainings that failed are missing too. A failed record stays until the new one.

    Raises:
        UserError: the device, data or storage does not exist, or another process works in the folder.
    """
    with locked(folder):
        write_plan(folder, plan)
        store = store_of(folder)
        trials = Trials(plan, folder, storage)
        progress = progress or Progress(plan, workers=workers)
        missing = missing_jobs(plan, store, retry_failed=retry_failed)
        open_seeds = Counter(job.network_key for job in missing)
        for variant in plan.variants:
            _tell(trials, plan, store, variant, open_seeds)
        failed = lost = 0
        variants = {variant.key: variant for variant in plan.variants}
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
                    open_seeds[event.job.network_key] -= 1
                    _tell(trials, plan, store, variants[event.job.network_key], open_seeds)
        return Outcome(report=write_report(folder), trained=len(missing) - lost, failed=failed, lost=lost)


def missing_jobs(plan: Plan, store: Store, *, retry_failed: bool = False) -> list[Job]:
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
        if not store.has(variant.key, plan.recipe_key, seed, failed=not retry_failed)
    ]


def joined(jobs: Iterable[Job]) -> list[Job]:
    """One job for each network, with all of its seeds."""
    first: dict[str, Job] = {}
    for job in jobs:
        known = first.setdefault(job.network_key, job)
        if job is not known:
            first[job.network_key] = replace(known, others=(*known.others, job.seed))
    return list(first.values())


def _tell(trials: Trials, plan: Plan, store: Store, variant: Variant, open_seeds: Counter[str]) -> None:
    """Tells Optuna a network all of whose seeds have ended; nothing while some are open."""
    if open_seeds[variant.key]:
        return
    found = [store.find(variant.key, plan.recipe_key, seed) for seed in plan.seeds]
    scores = [e.top1 for e in found if e is not None and e.top1 is not None]
    trials.tell(variant, [fmean(scores), float(variant.costs["macs"])] if len(scores) == len(found) else None)
