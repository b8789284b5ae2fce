"""A search carried out: the agenda says what to train next, the workers train, the journal remembers."""

from __future__ import annotations

import dataclasses
import os
from collections import deque
from contextlib import closing
from pathlib import Path

from moat_lab.grammar import parse
from moat_lab.proxy import Recipe
from moat_lab.records import Evaluation, Plan, Search, Variant, store_of, write_plan
from moat_lab.report.labels import levels
from moat_lab.report.write import write_report
from moat_lab.search.agenda import Agenda, Task, new_study
from moat_lab.search.journal import Journal, replay
from moat_lab.study.pricing import candidates_of
from moat_lab.study.progress import Progress
from moat_lab.study.run import Outcome
from moat_lab.study.workers import Finished, Job, Lost, run_jobs


def run_search(
    plan: Plan,
    folder: Path,
    *,
    workers: int = 1,
    device: str = "cpu",
    storage: str | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Trains what the search still lacks in `folder`, and writes the report there.

    Whatever ends the run, each finished training is on disk, and the same call goes on where it ended.

    Args:
        storage: an Optuna storage URL to follow the search in; left out, it is kept in memory.

    Raises:
        UserError: the device, data or storage does not exist.
    """
    assert plan.search is not None
    progress = progress or Progress(plan, workers=workers)
    running = _Running(plan, plan.search, folder, storage, progress)
    failed = lost = 0
    threads, store = max(1, (os.cpu_count() or 1) // workers), store_of(folder)
    events = run_jobs(running.next_job, workers=workers, threads=threads, device=device, store=store)
    try:
        with closing(events), progress.shown(running.done):
            for event in events:
                progress.update(event)
                if isinstance(event, Finished):
                    failed += event.evaluation.status == "failed"
                    running.told(_task(event.job), event.evaluation)
                lost += isinstance(event, Lost)
    finally:
        running.close()
    return Outcome(report=write_report(folder), trained=running.trained - lost, failed=failed, lost=lost)


class _Running:
    """A search between its calls: agenda, journal, and the evaluations that are there."""

    def __init__(
        self, plan: Plan, search: Search, folder: Path, storage: str | None, progress: Progress
    ) -> None:
        self.plan, self.folder, self.progress, self.trained = plan, folder, progress, 0
        self.recipe = Recipe.model_validate(plan.recipe)
        self.store = store_of(folder)
        candidates = candidates_of(parse(search.space), search.limits, self.recipe)
        study = new_study(search, candidates, storage=storage, name=plan.name if storage else "")
        self.agenda = Agenda(search, candidates, study, seeds=plan.seeds, epochs=self.recipe.epochs)
        self.journal = Journal(folder)
        self.open = deque(replay(self.agenda, self.journal, self._found))
        self.write_plan()
        progress.names.update({v.key: _name(v) for v in self.agenda.variants.values()})

    @property
    def done(self) -> int:
        """Trainings that the search has asked for and that are there."""
        return sum(event == "told" for event, _ in self.journal.read())

    def next_job(self) -> Job | None:
        """The next training; what is on disk already is answered at once. None while there is none."""
        while (task := self._next_task()) is not None:
            found = self._found(task)
            if found is None:
                self.trained += 1
                return self._job(task)
            self.told(task, found)
        return None

    def told(self, task: Task, evaluation: Evaluation) -> None:
        """A result, for the agenda and the journal."""
        self.agenda.tell(task, evaluation.top1_at(task.until))
        self.journal.append("told", task)

    def close(self) -> None:
        """The end, whatever brought it about."""
        self.agenda.close()
        self.write_plan()

    def write_plan(self) -> None:
        """The plan with the networks chosen so far."""
        write_plan(self.folder, dataclasses.replace(self.plan, variants=tuple(self.agenda.variants.values())))

    def _next_task(self) -> Task | None:
        if self.open:
            return self.open.popleft()
        task = self.agenda.ask()
        if task is not None:
            self.journal.append("asked", task)
            if task.key not in self.progress.names:
                self.write_plan()
                self.progress.names[task.key] = _name(self.agenda.variants[task.key])
        return task

    def _job(self, task: Task) -> Job:
        return Job(
            network=self.agenda.variants[task.key].network,
            network_key=task.key,
            recipe=self.recipe,
            seed=task.seed,
            until=task.until,
        )

    def _found(self, task: Task) -> Evaluation | None:
        """The evaluation, where it has come as far as the task asks, or has failed."""
        found = self.store.find(task.key, self.recipe.key, task.seed)
        known = found is not None and (found.status != "paused" or found.epochs >= task.until)
        return found if known else None


def _task(job: Job) -> Task:
    return Task(job.network_key, job.seed, job.until)


def _name(variant: Variant) -> str:
    return levels(variant, tuple(variant.factors)) or variant.key
