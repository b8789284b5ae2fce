"""A study between its jobs: what its agenda asks for next, and what is on disk of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from moat_lab.engines.engine import Event, Job, JobLost, MeasurementEnded, TrainingEnded
from moat_lab.grammar import parse
from moat_lab.metrics import LATENCY
from moat_lab.records import (
    Plan,
    Proposed,
    measurements_of,
    store_of,
    write_plan,
    write_proposed,
)
from moat_lab.report.names import labels, levels
from moat_lab.search.agenda import MEASURE, Agenda, FixedAgenda, Request, Result
from moat_lab.search.candidates import candidates_of
from moat_lab.search.journal import Journal, JournaledAgenda
from moat_lab.search.sampler_agenda import SamplerAgenda
from moat_lab.search.samplers import new_study
from moat_lab.study.optuna_view import OptunaView
from moat_lab.train import SCORES, Recipe
from moat_lab.train.evaluation import failed_evaluation


class StudyState:
    """Turns the requests of an agenda into jobs, and the ends of jobs into what the agenda is told.

    A request that is answered by a record is no job. A job that is lost is started once more; lost again,
    it has failed, and its record says why.
    """

    def __init__(
        self, plan: Plan, folder: Path, *, storage: str | None, together: bool, retry_failed: bool
    ) -> None:
        self.plan, self.folder, self.trained, self.failed = plan, folder, 0, 0
        self.recipe = Recipe.model_validate(plan.recipe)
        self.store, self.measurements = store_of(folder), measurements_of(folder)
        self.names = labels(plan)
        self._to_retry = set(self._failures()) if retry_failed else set()
        self._lost: set[Request] = set()
        self._again: deque[Request] = deque()
        self.agenda = self._agenda(together=together)
        self._written: tuple[int, Proposed | None] = (-1, None)
        self._write()
        self._view, self._open_seeds = OptunaView(plan, folder, storage), dict[str, set[int]]()
        for key in self.agenda.variants:
            self._show(key, plan.seeds)

    def next_job(self) -> Job | None:
        """The next job; what is on disk already is told at once. None while there is none."""
        while (request := self._next_request()) is not None:
            result = self._result(request)
            if result is None:
                return self._job(request)
            self._tell(request, result)
        return None

    def heard(self, event: Event) -> Iterable[Event]:
        """Takes in what an engine says; gives what there is to show of it."""
        if isinstance(event, JobLost):
            return self._lose(event)
        if isinstance(event, TrainingEnded | MeasurementEnded):
            self._end(event.job)
        return (event,)

    def _agenda(self, *, together: bool) -> Agenda:
        plan, epochs = self.plan, self.recipe.epochs
        if plan.search is None:
            return FixedAgenda(
                plan.variants, seeds=plan.seeds, epochs=epochs, find=self._result, together=together
            )
        candidates = candidates_of(parse(plan.search.space), plan.search.limits, self.recipe.inputs)
        study = new_study(plan.search, candidates, epochs=epochs, name=plan.name)
        agenda = SamplerAgenda(plan.search, candidates, study, seeds=plan.seeds, epochs=epochs)
        return JournaledAgenda(agenda, Journal(self.folder), self._result)

    def _next_request(self) -> Request | None:
        if self._again:
            return self._again.popleft()
        request = self.agenda.ask()
        self._write()
        if request is not None:
            self._name(request.key)
        return request

    def _name(self, key: str) -> str:
        """The name of a network, which is added to `names`."""
        factors = self.agenda.networks[key].factors
        return self.names.setdefault(key, levels(factors, tuple(factors)) or key)

    def _job(self, request: Request) -> Job:
        return Job(
            network=self.agenda.networks[request.key].network,
            network_key=request.key,
            recipe=self.recipe,
            seed=request.seed,
            epochs=request.epochs,
            latency=self.plan.search is not None and self.plan.search.times,
            retry=(request.key, request.seed) in self._to_retry,
            others=request.others,
        )

    def _end(self, job: Job) -> None:
        """Tells the agenda what a job left on disk."""
        request = Request(job.network_key, job.seed, job.epochs)
        if job.epochs != MEASURE:
            self.trained += 1
            self._to_retry.discard((job.network_key, job.seed))
            record = self.store.find(job.network_key, self.recipe.key, job.seed)
            self.failed += record is not None and record.status == "failed"
        if (result := self._result(request)) is not None:
            self._tell(request, result)

    def _lose(self, event: JobLost) -> Iterator[Event]:
        """Asks for a lost job once more; the second time it has failed. What is on disk was not lost."""
        job, request = event.job, Request(event.job.network_key, event.job.seed, event.job.epochs)
        if self._result(request) is None and request not in self._lost:
            self._lost.add(request)
            self._again.append(request)
            yield event
            return
        if self._result(request) is None:
            self._fail(job, event)
        self._end(job)
        yield from self._ended(job)

    def _ended(self, job: Job) -> Iterator[Event]:
        """The end of a job that is on disk, as an engine would have said it."""
        record = self.store.find(job.network_key, self.recipe.key, job.seed)
        measured = self.measurements.find(job.network_key, self.recipe.key, job.seed)
        if job.epochs == MEASURE and measured is not None:
            yield MeasurementEnded(job=job, measurement=measured)
        elif record is not None:
            yield TrainingEnded(job=job, evaluation=record)

    def _fail(self, job: Job, event: JobLost) -> None:
        """Writes down that a training has failed; of a network that was to be measured, all trainings."""
        for seed in (job.seed,) if job.epochs != MEASURE else self.plan.seeds:
            paused = self.store.find(job.network_key, self.recipe.key, seed)
            if paused is not None and paused.status == "paused":
                record = replace(paused, status="failed", error=event.reason)
            else:
                record = failed_evaluation(
                    job.network, job.recipe, seed, device=event.device, error=event.reason
                )
            self.store.append(record, over_failure=job.retry)

    def _tell(self, request: Request, result: Result) -> None:
        self.agenda.tell(request, result)
        if request.epochs == self.recipe.epochs or not result:
            self._show(request.key, (request.seed,))

    def _show(self, key: str, seeds: Sequence[int]) -> None:
        """Adds a network to Optuna's view once all of its seeds have ended, of which these may have now."""
        open_seeds = self._open_seeds.setdefault(key, set(self.plan.seeds))
        open_seeds -= {seed for seed in seeds if self.store.has(key, self.recipe.key, seed)}
        if not open_seeds:
            self._view.add(self.agenda.networks[key], self._name(key))

    def _write(self) -> None:
        """The plan with the networks that are trained as far as that is decided, and the sampler's totals."""
        planned, proposed = len(self.agenda.variants), self.agenda.proposed
        if planned != self._written[0]:
            write_plan(self.folder, replace(self.plan, variants=tuple(self.agenda.variants.values())))
        if proposed is not None and proposed != self._written[1]:
            write_proposed(self.folder, proposed)
        self._written = planned, proposed

    def _failures(self) -> Iterator[tuple[str, int]]:
        """Network and seed of each failed training."""
        for e in self.store.read().evaluations:
            if e.recipe_key == self.recipe.key and e.status == "failed":
                yield e.network_key, e.seed

    def _result(self, request: Request) -> Result | None:
        """What is on disk, where it answers the request."""
        return self._measured(request) if request.epochs == MEASURE else self._trained(request)

    def _measured(self, request: Request) -> Result | None:
        """The measured values; empty where the network was lost twice while it was measured."""
        measurement = self.measurements.find(request.key, self.recipe.key, request.seed)
        if measurement is None:
            return {} if self._has_failed(request) else None
        wanted = (*SCORES, LATENCY) if self.plan.search and self.plan.search.times else tuple(SCORES)
        # One that is older than a score was made without it.
        return measurement.values if all(name in measurement.values for name in wanted) else None

    def _trained(self, request: Request) -> Result | None:
        """The score of an evaluation that has come as far as the request asks; empty where it failed."""
        if (request.key, request.seed) in self._to_retry:
            return None
        record = self.store.find(request.key, self.recipe.key, request.seed)
        if record is None or (record.status == "paused" and record.epochs < request.epochs):
            return None
        score = record.score_at(request.epochs)
        return {} if score is None else {self.plan.task.score: score}

    def _has_failed(self, request: Request) -> bool:
        """Whether its record is of a failure, which is not to be retried."""
        record = self.store.find(request.key, self.recipe.key, request.seed)
        is_failure = record is not None and record.status == "failed"
        return is_failure and (request.key, request.seed) not in self._to_retry
