"""A search carried out: the agenda says what to train next, the workers train, the journal remembers."""

from __future__ import annotations

import dataclasses
import os
from collections import deque
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from statistics import fmean

from moat_lab.engines.engine import Job
from moat_lab.engines.local import JobLost, MeasurementEnded, TrainingEnded, run_jobs
from moat_lab.grammar import parse
from moat_lab.metrics import LATENCY
from moat_lab.proxy import SCORES, Recipe
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
from moat_lab.search.candidates import costs_of
from moat_lab.search.journal import Journal, replay
from moat_lab.search.sampler_agenda import MEASURE, Request, Result, SamplerAgenda
from moat_lab.search.study import new_study
from moat_lab.study.pricing import candidates_of
from moat_lab.study.progress import Progress
from moat_lab.study.run import StudyResult
from moat_lab.study.trials import Trials


def run_search(
    plan: Plan,
    folder: Path,
    *,
    workers: int = 1,
    device: str = "cpu",
    storage: str | None = None,
    progress: Progress | None = None,
    retry_failed: bool = False,
) -> StudyResult:
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
                if isinstance(event, TrainingEnded):
                    failed += event.evaluation.status == "failed"
                if isinstance(event, TrainingEnded | MeasurementEnded):
                    running.ended(_request(event.job))
                lost += isinstance(event, JobLost)
        return StudyResult(
            report=write_report(folder), trained=running.trained - lost, failed=failed, lost=lost
        )


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
        self.agenda = SamplerAgenda(search, candidates, study, seeds=plan.seeds, epochs=epochs)
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
        return sum(event == "told" and request.epochs != MEASURE for event, request in self.journal.read())

    def next_job(self) -> Job | None:
        """The next job; what is on disk already is answered at once. None while there is none."""
        while (request := self._next_request()) is not None:
            if len(self.agenda.variants) > self.planned:
                self._write_plan()
            found = self._found(request)
            if found is None:
                self.trained += request.epochs != MEASURE
                return self._job(request)
            self._tell(request, found)
        return None

    def ended(self, request: Request) -> None:
        """A job that has ended, and left what it found on disk."""
        self.failed.discard((request.key, request.seed))
        if (found := self._found(request)) is not None:
            self._tell(request, found)

    def _tell(self, request: Request, result: Result) -> None:
        self.agenda.tell(request, result)
        self.journal.append("told", request)
        if request.epochs == self.recipe.epochs:
            self._show(self.agenda.networks[request.key])

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

    def _next_request(self) -> Request | None:
        if self.open:
            return self.open.popleft()
        request = self.agenda.ask()
        self._write_proposed()
        if request is not None:
            self.journal.append("asked", request)
            if request.key not in self.progress.names:
                self.progress.names[request.key] = _name(self.agenda.networks[request.key])
        return request

    def _job(self, request: Request) -> Job:
        return Job(
            network=self.agenda.networks[request.key].network,
            network_key=request.key,
            recipe=self.recipe,
            seed=request.seed,
            epochs=request.epochs,
            latency=self.search.times,
            retry=(request.key, request.seed) in self.failed,
        )

    def _found(self, request: Request) -> Result | None:
        """What is on disk, where it answers the request."""
        return self._measured(request) if request.epochs == MEASURE else self._trained(request)

    def _measured(self, request: Request) -> Result | None:
        found = self.measurements.find(request.key, self.recipe.key, request.seed)
        wanted = (*SCORES, LATENCY) if self.search.times else tuple(SCORES)
        # One that is older than a score was made without it.
        return found.values if found is not None and all(name in found.values for name in wanted) else None

    def _trained(self, request: Request) -> Result | None:
        """The top-1 of an evaluation that has come as far as the request asks; empty where it failed."""
        if (request.key, request.seed) in self.failed:
            return None
        found = self.store.find(request.key, self.recipe.key, request.seed)
        if found is None or (found.status == "paused" and found.epochs < request.epochs):
            return None
        top1 = found.top1_at(request.epochs)
        return {} if top1 is None else {"top1": top1}


def _request(job: Job) -> Request:
    return Request(job.network_key, job.seed, job.epochs)


def _name(variant: Variant) -> str:
    return levels(variant.factors, tuple(variant.factors)) or variant.key
