"""A search carried out: the agenda says what to train next, the workers train, the journal remembers."""

from __future__ import annotations

import dataclasses
import os
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from statistics import fmean

from moat_lab.grammar import parse
from moat_lab.metrics import LATENCY
from moat_lab.records import (
    Plan,
    Proposed,
    Search,
    Variant,
    locked,
    measurements_of,
    store_of,
    write_plan,
    write_proposed,
)
from moat_lab.report.labels import levels
from moat_lab.report.write import write_report
from moat_lab.search.agenda import MEASURE, Agenda, Result, Task
from moat_lab.search.candidates import costs_of
from moat_lab.search.journal import Journal, replay
from moat_lab.search.study import new_study
from moat_lab.study.job import Job
from moat_lab.study.pricing import candidates_of
from moat_lab.study.progress import Progress
from moat_lab.study.run import Outcome
from moat_lab.study.trials import Trials
from moat_lab.study.workers import Finished, Gauged, Lost, run_jobs
from moat_lab.train import SCORES, Recipe


def run_search(
    plan: Plan,
    folder: Path,
    *,
    workers: int = 1,
    device: str = "cpu",
    storage: str | None = None,
    progress: Progress | None = None,
    retry_failed: bool = False,
) -> Outcome:
    """Trains what the search still lacks in `folder`, and writes the report there.

    Whatever ends the run, each finished training is on disk, and the same call goes on where it ended.

    Args:
        storage: an Optuna storage URL to tell the finished networks to; left out, SQLite in the folder.
        retry_failed: whether trainings that failed are missing too. A failed record stays until the new one.

    Raises:
        UserError: the device, data or storage does not exist, or another process works in the folder.
    """
    assert plan.search is not None
    with locked(folder):
        progress = progress or Progress(plan, workers=workers)
        running = _Running(plan, plan.search, folder, storage, progress, retry_failed=retry_failed)
        failed = lost = 0
        threads, store = max(1, (os.cpu_count() or 1) // workers), store_of(folder)
        events = run_jobs(running.next_job, workers=workers, threads=threads, device=device, store=store)
        with closing(events), progress.shown(running.done):
            for event in events:
                progress.update(event)
                if isinstance(event, Finished):
                    failed += event.evaluation.status == "failed"
                if isinstance(event, Finished | Gauged):
                    running.ended(_task(event.job))
                lost += isinstance(event, Lost)
        return Outcome(report=write_report(folder), trained=running.trained - lost, failed=failed, lost=lost)


class _Running:
    """A search between its calls: agenda, journal, and the evaluations that are there."""

    def __init__(
        self,
        plan: Plan,
        search: Search,
        folder: Path,
        storage: str | None,
        progress: Progress,
        *,
        retry_failed: bool,
    ) -> None:
        self.plan, self.search, self.folder, self.progress, self.trained = plan, search, folder, progress, 0
        self.recipe = Recipe.model_validate(plan.recipe)
        self.store, self.measurements = store_of(folder), measurements_of(folder)
        self.failed = set(self._failures()) if retry_failed else set()
        candidates = candidates_of(parse(search.space), search.limits, self.recipe)
        epochs = self.recipe.epochs
        study = new_study(search, candidates, epochs=epochs, name=plan.name)
        self.agenda = Agenda(search, candidates, study, seeds=plan.seeds, epochs=epochs)
        self.journal = Journal(folder)
        self.open = deque(replay(self.agenda, self.journal, self._found))
        self._write_plan()
        self.trials = Trials(plan, folder, storage)
        for variant in self.agenda.variants.values():
            self._show(variant)
        self.proposed: Proposed | None = None
        self._write_proposed()
        progress.names.update({v.key: _name(v) for v in self.agenda.networks.values()})

    @property
    def done(self) -> int:
        """Trainings that the search has asked for and that are there."""
        return sum(event == "told" and task.until != MEASURE for event, task in self.journal.read())

    def next_job(self) -> Job | None:
        """The next job; what is on disk already is answered at once. None while there is none."""
        while (task := self._next_task()) is not None:
            if len(self.agenda.variants) > self.planned:
                self._write_plan()
            found = self._found(task)
            if found is None:
                self.trained += task.until != MEASURE
                return self._job(task)
            self._tell(task, found)
        return None

    def ended(self, task: Task) -> None:
        """A job that has ended, and left what it found on disk."""
        self.failed.discard((task.key, task.seed))
        if (found := self._found(task)) is not None:
            self._tell(task, found)

    def _tell(self, task: Task, result: Result) -> None:
        self.agenda.tell(task, result)
        self.journal.append("told", task)
        if task.until == self.recipe.epochs:
            self._show(self.agenda.networks[task.key])

    def _show(self, variant: Variant) -> None:
        """Tells Optuna's storage a network all of whose seeds have finished."""
        found = [self.store.find(variant.key, self.recipe.key, seed) for seed in self.plan.seeds]
        scores = [e.top1 for e in found if e is not None and e.top1 is not None]
        if len(scores) < len(found):
            return
        gauged = self.measurements.find(variant.key, self.recipe.key, self.plan.seeds[0])
        known = costs_of(variant) | dict(gauged.values if gauged else {}) | {"top1": fmean(scores)}
        self.trials.tell(variant, [known[name] for name in self.search.objectives])

    def _failures(self) -> Iterator[tuple[str, int]]:
        """Network and seed of each failed training."""
        for e in self.store.read().evaluations:
            if e.recipe_key == self.recipe.key and e.status == "failed":
                yield e.network_key, e.seed

    def _write_plan(self) -> None:
        """The plan with the networks that are trained, as far as that is decided."""
        write_plan(self.folder, dataclasses.replace(self.plan, variants=tuple(self.agenda.variants.values())))
        self.planned = len(self.agenda.variants)

    def _write_proposed(self) -> None:
        """Totals of the agenda, which a replay counts again: a kill loses nothing and repeats nothing."""
        proposals = self.agenda.proposals
        proposed = Proposed(duplicates=proposals.duplicates, infeasible=proposals.infeasible)
        if proposed != self.proposed:
            write_proposed(self.folder, proposed)
        self.proposed = proposed

    def _next_task(self) -> Task | None:
        if self.open:
            return self.open.popleft()
        task = self.agenda.ask()
        self._write_proposed()
        if task is not None:
            self.journal.append("asked", task)
            if task.key not in self.progress.names:
                self.progress.names[task.key] = _name(self.agenda.networks[task.key])
        return task

    def _job(self, task: Task) -> Job:
        return Job(
            network=self.agenda.networks[task.key].network,
            network_key=task.key,
            recipe=self.recipe,
            seed=task.seed,
            until=task.until,
            latency=self.search.times,
            retry=(task.key, task.seed) in self.failed,
        )

    def _found(self, task: Task) -> Result | None:
        """What is on disk, where it answers the task."""
        return self._measured(task) if task.until == MEASURE else self._trained(task)

    def _measured(self, task: Task) -> Result | None:
        found = self.measurements.find(task.key, self.recipe.key, task.seed)
        wanted = (*SCORES, LATENCY) if self.search.times else tuple(SCORES)
        # One that is older than a score was made without it.
        return found.values if found is not None and all(name in found.values for name in wanted) else None

    def _trained(self, task: Task) -> Result | None:
        """The top-1 of an evaluation that has come as far as the task asks; nothing in it where it failed."""
        if (task.key, task.seed) in self.failed:
            return None
        found = self.store.find(task.key, self.recipe.key, task.seed)
        if found is None or (found.status == "paused" and found.epochs < task.until):
            return None
        top1 = found.top1_at(task.until)
        return {} if top1 is None else {"top1": top1}


def _task(job: Job) -> Task:
    return Task(job.network_key, job.seed, job.until)


def _name(variant: Variant) -> str:
    return levels(variant.factors, tuple(variant.factors)) or variant.key
