"""The state of a study between its jobs: what is asked for next, and what is on disk."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from moat_lab.engines.engine import Event, Job, JobLost, MeasurementEnded, TrainingEnded
from moat_lab.grammar import parse, to_network
from moat_lab.metrics import LATENCY
from moat_lab.records import Evaluation, Plan, ProposalCounts, ResultsFolder
from moat_lab.records.inherited import read_inherited
from moat_lab.report.names import levels, names_with_twins
from moat_lab.search.agenda import MEASURE, Agenda, FixedAgenda, Request, Result
from moat_lab.search.candidates import candidates_of
from moat_lab.search.journal import Journal, JournaledAgenda
from moat_lab.search.optuna_study import new_study
from moat_lab.search.ordered_agenda import OrderedAgenda
from moat_lab.search.sampler_agenda import SamplerAgenda
from moat_lab.study.view_writer import ViewWriter
from moat_lab.train import SCORES, Recipe
from moat_lab.train.evaluation import failed_evaluation
from moat_lab.train.run import Run


class StudyState:
    """Turns the requests of an agenda into jobs, and tells the agenda the results of those that ended.

    A request whose result is on disk becomes no job. A lost job is started once more; if it is lost again it
    has failed, and its record says why.
    """

    def __init__(
        self, plan: Plan, folder: ResultsFolder, *, view: ViewWriter, together: bool, retry_failed: bool
    ) -> None:
        self.plan, self.folder, self.trained, self.failed = plan, folder, 0, 0
        self.recipe = Recipe.model_validate(plan.recipe)
        self.store, self.measurements = folder.evaluations, folder.measurements
        self._twins = {variant.key for variant in plan.networks[len(plan.variants) :]}
        self.names = names_with_twins(plan)
        self._to_retry = set(self._failures()) if retry_failed else set()
        self._lost: set[Request] = set()
        self._restarts: deque[Request] = deque()
        self.agenda = self._agenda(together=together)
        self._written: tuple[int, ProposalCounts | None] = (-1, None)
        self._write()
        self._view, self._open_seeds = view, dict[str, set[int]]()
        for key in self.agenda.variants:
            self._add_to_view(key, plan.seeds_of(key))

    def next_job(self) -> Job | None:
        """The next job, None while there is none; the agenda learns at once of results that are on disk."""
        while (request := self._next_request()) is not None:
            result = self._result(request)
            if result is None:
                return self._job(request)
            self._tell(request, result)
        return None

    def observe(self, event: Event) -> Iterable[Event]:
        """Updates the state by an engine's event; gives the events that a person should see."""
        if isinstance(event, JobLost):
            return self._lose(event)
        if isinstance(event, TrainingEnded | MeasurementEnded):
            self._end(event.job)
        return (event,)

    def _agenda(self, *, together: bool) -> Agenda:
        plan, epochs = self.plan, self.recipe.epochs
        if plan.search is None:
            return FixedAgenda(
                plan.networks,
                seeds={variant.key: plan.seeds_of(variant.key) for variant in plan.networks},
                epochs=epochs,
                find=self._result,
                together=together,
            )
        candidates = candidates_of(parse(plan.search.space), plan.search.limits, self.recipe.inputs)
        if plan.search.share:
            candidates = replace(candidates, inherited=read_inherited(self.folder.inherited_file))
        study = new_study(plan.search, candidates, epochs=epochs, name=plan.name)
        agenda = SamplerAgenda(plan.search, candidates, study, seeds=plan.seeds, epochs=epochs)
        journaled = JournaledAgenda(agenda, Journal(self.folder.journal_file), self._result)
        if plan.search.max_concurrent is None:
            return journaled
        return OrderedAgenda(journaled, max_concurrent=plan.search.max_concurrent)

    def _next_request(self) -> Request | None:
        if self._restarts:
            return self._restarts.popleft()
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
            run=Run(
                network=to_network(self.agenda.networks[request.key].network),
                recipe=self.recipe,
                seed=request.seed,
            ),
            epochs=request.epochs,
            latency=self.plan.search is not None and self.plan.search.times,
            retry=(request.key, request.seed) in self._to_retry,
            others=request.others,
        )

    def _end(self, job: Job) -> None:
        """Tells the agenda what a job left on disk."""
        request = _request(job)
        if job.epochs != MEASURE:
            self.trained += 1
            self._to_retry.discard((request.key, request.seed))
            record = self._record(request)
            self.failed += record is not None and record.status == "failed"
        if (result := self._result(request)) is not None:
            self._tell(request, result)

    def _lose(self, event: JobLost) -> Iterator[Event]:
        """Restarts a lost job once, then it has failed; a job whose result is on disk has ended.

        One that was lost with its whole node is not to blame, and is restarted each time.
        """
        job, request = event.job, _request(event.job)
        if self._result(request) is None and (event.with_node or request not in self._lost):
            self._lost |= set() if event.with_node else {request}
            self._restarts.append(request)
            yield event
            return
        if self._result(request) is None:
            self._fail(job, event)
        self._end(job)
        yield from self._ended(job)

    def _ended(self, job: Job) -> Iterator[Event]:
        """The event of a job whose result is on disk."""
        request = _request(job)
        record = self._record(request)
        measured = self.measurements.find(request.key, self.recipe.key, request.seed)
        if job.epochs == MEASURE and measured is not None:
            yield MeasurementEnded(job=job, measurement=measured)
        elif record is not None:
            yield TrainingEnded(job=job, evaluation=record)

    def _fail(self, job: Job, event: JobLost) -> None:
        """Records that a training has failed; where a measurement is lost, all trainings of its network."""
        for seed in (job.run.seed,) if job.epochs != MEASURE else self.plan.seeds_of(job.run.network.key):
            record = self._record(replace(_request(job), seed=seed))
            if record is not None and record.status == "paused":
                record = replace(record, status="failed", error=event.reason)
            else:
                run = replace(job.run, seed=seed)
                record = failed_evaluation(run, device=event.device, error=event.reason)
            self.store.append(record, over_failure=job.retry)

    def _tell(self, request: Request, result: Result) -> None:
        self.agenda.tell(request, result)
        if request.epochs == self.recipe.epochs or not result:
            self._add_to_view(request.key, (request.seed,))

    def _add_to_view(self, key: str, seeds: Sequence[int]) -> None:
        """Adds a network to Optuna's view once all of its seeds have ended; these may be the last of them."""
        open_seeds = self._open_seeds.setdefault(key, set(self.plan.seeds_of(key)))
        open_seeds -= {seed for seed in seeds if self.store.has(key, self.recipe.key, seed)}
        if not open_seeds and key not in self._twins:
            self._view.add(self.agenda.networks[key], self._name(key))

    def _write(self) -> None:
        """Writes the plan with the networks chosen so far, and the counts of proposals, if they changed."""
        planned, proposal_counts = len(self.agenda.variants), self.agenda.proposal_counts
        if planned != self._written[0]:
            chosen = tuple(self.agenda.variants.values())
            self.folder.write_plan(replace(self.plan, variants=chosen) if self.plan.search else self.plan)
        if proposal_counts is not None and proposal_counts != self._written[1]:
            self.folder.write_proposal_counts(proposal_counts)
        self._written = planned, proposal_counts

    def _failures(self) -> Iterator[tuple[str, int]]:
        """Network and seed of each failed training."""
        for e in self.store.read().evaluations:
            if e.recipe_key == self.recipe.key and e.status == "failed":
                yield e.network_key, e.seed

    def _record(self, request: Request) -> Evaluation | None:
        return self.store.find(request.key, self.recipe.key, request.seed)

    def _result(self, request: Request) -> Result | None:
        """The result on disk; None where the request has not been carried out."""
        return self._measured(request) if request.epochs == MEASURE else self._trained(request)

    def _measured(self, request: Request) -> Result | None:
        """The measured values; empty where the network was lost twice while it was measured."""
        measurement = self.measurements.find(request.key, self.recipe.key, request.seed)
        if measurement is None:
            return {} if self._has_failed(request) else None
        names = (*SCORES, LATENCY) if self.plan.search and self.plan.search.times else tuple(SCORES)
        # One that is older than a score was made without it.
        return measurement.values if all(name in measurement.values for name in names) else None

    def _trained(self, request: Request) -> Result | None:
        """The score of an evaluation that has come as far as the request asks; empty where it failed."""
        if (request.key, request.seed) in self._to_retry:
            return None
        record = self._record(request)
        if record is None or (record.status == "paused" and record.epochs < request.epochs):
            return None
        score = record.score_at(request.epochs)
        return {} if score is None else {self.plan.task.score: score}

    def _has_failed(self, request: Request) -> bool:
        """Whether its record is of a failure, which is not to be retried."""
        record = self._record(request)
        is_failure = record is not None and record.status == "failed"
        return is_failure and (request.key, request.seed) not in self._to_retry


def _request(job: Job) -> Request:
    """What the agenda asked for, of a job for one seed."""
    return Request(job.run.network.key, job.run.seed, job.epochs)
