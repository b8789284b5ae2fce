"""The Slurm engine: allocations of a cluster that carry out one job after the other, submitted by submitit.

An allocation is a local engine on its node. It writes records into the results folder, which all nodes of a
Slurm cluster see; jobs and events go through files there. What is preempted is queued again, and goes on from
the checkpoints that its trainings leave after each validation (docs/decisions/0023).
"""

from __future__ import annotations

import os
import pickle
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

from moat_lab.engines.engine import (
    EngineOptions,
    Event,
    Job,
    JobLost,
    MeasurementEnded,
    Slot,
    TrainingEnded,
)
from moat_lab.engines.local import LocalEngine
from moat_lab.engines.repeating import repeated
from moat_lab.errors import UserError, first_line
from moat_lab.files import write_atomically
from moat_lab.records import ResultsFolder

POLL_S = 0.2
"""Between two looks into a mailbox."""
PRESENT_S = 5.0
"""Between two signs of life of an allocation."""
STATE_S = 5.0
"""Between two questions to the scheduler."""
ALIVE_S = 300.0
"""For which an allocation without jobs waits for a study that gives no sign of life."""
GONE_S = 60.0
"""After which an allocation that gives no sign of life has ended."""
TIME_MIN = 60
"""Minutes of an allocation, where `--slurm` does not say."""
NOT_TO_BLAME = {"TIMEOUT", "PREEMPTED", "NODE_FAIL", "CANCELLED", "BOOT_FAIL", "INTERRUPTED"}
"""States of an allocation that say nothing of its jobs."""
GENERIC = {"time": "timeout_min", "gpus": "gpus_per_node", "cpus": "cpus_per_task", "mem_gb": "mem_gb"}
"""Names of `--slurm` that submitit knows on every cluster, by its own names; others are sbatch's."""

ENDS = (TrainingEnded, MeasurementEnded, JobLost)
"""Events after which nothing more is heard of a job."""
Key = tuple[str, int]
"""A job of one seed: the run's name, and its epochs."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A folder of pickled messages from one writer, in the order in which it put them there."""

    folder: Path

    def put(self, number: int, message: object) -> None:
        write_atomically(self._file(number), pickle.dumps(message))

    def messages(self) -> list[tuple[int, Any]]:
        """Those that are there, with their numbers; they stay."""
        found = []
        for file in sorted(self.folder.glob("[0-9]*")):
            with suppress(FileNotFoundError):  # the other side has removed it
                found.append((int(file.name), pickle.loads(file.read_bytes())))
        return found

    def remove(self, number: int) -> None:
        self._file(number).unlink(missing_ok=True)

    def _file(self, number: int) -> Path:
        return self.folder / f"{number:020d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """What runs in an allocation; submitit calls it again where it was preempted.

    Args:
        folder: of its mailboxes, in the folder of all allocations of a study.
        slots: jobs at a time.
        cores: for all of them; 0 is all that the process may use.
    """

    folder: Path
    results: ResultsFolder
    slots: int
    device: str
    cores: int

    @property
    def jobs(self) -> Mailbox:
        return Mailbox(self.folder / "jobs")

    @property
    def events(self) -> Mailbox:
        return Mailbox(self.folder / "events")

    @property
    def stop(self) -> Path:
        return self.folder.parent / "stop"

    @property
    def alive(self) -> Path:
        """Touched by the study."""
        return self.folder.parent / "alive"

    @property
    def running(self) -> Path:
        """Touched by the allocation, and removed at its end."""
        return self.folder / "running"

    @property
    def began(self) -> Path:
        """Made when the allocation begins to work."""
        return self.folder / "began"

    def __call__(self) -> None:
        self.began.touch()
        cores = self.cores or len(os.sched_getaffinity(0))
        threads = max(1, cores // self.slots)
        engine = LocalEngine(self.results, workers=self.slots, device=self.device, threads=threads)
        with self._present(), engine:
            try:
                self._serve(engine)
            except (UserError, OSError) as error:
                self._put(error if isinstance(error, OSError) else UserError(str(error)))

    def checkpoint(self) -> Any:
        """What submitit queues again in place of an allocation that is taken away."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self)

    def _serve(self, engine: LocalEngine) -> None:
        """Carries out the jobs of the mailbox; ends where it is told to, or nobody is there to give more."""
        taken: dict[int, set[Key]] = {}
        while not self.stop.exists() and (engine.busy or age_s(self.alive) < ALIVE_S):
            for number, job in self.jobs.messages():
                if number not in taken and engine.free:
                    taken[number] = {key_of(each) for each in job.each.values()}
                    self._begin(engine, job, taken[number])
            for event in engine.wait(POLL_S) if engine.busy else ():
                self._put(event)
                if isinstance(event, ENDS):
                    for keys in taken.values():
                        keys.discard(key_of(event.job))
            for number in [number for number, keys in taken.items() if not keys]:
                self.jobs.remove(number)
            if not engine.busy:
                time.sleep(POLL_S)

    def _begin(self, engine: LocalEngine, job: Job, open_keys: set[Key]) -> None:
        """Starts a job, unless an earlier attempt of this allocation has ended it and could not say so."""
        done = finished(job, self.results)
        if done is None:
            engine.start(job)
        else:
            self._put(done)
            open_keys.clear()

    def _put(self, message: Event | Exception) -> None:
        self.events.put(time.time_ns(), message)

    @contextmanager
    def _present(self) -> Iterator[None]:
        """Gives signs of life meanwhile."""

        def touch() -> None:
            with suppress(FileNotFoundError):
                self.running.touch()

        touch()
        try:
            with repeated(touch, every_s=PRESENT_S):
                yield
        finally:
            self.running.unlink(missing_ok=True)


@dataclass(slots=True, kw_only=True, eq=False)
class _Submitted:
    """An allocation as the study sees it."""

    allocation: Allocation
    label: str
    job: Any
    """Of the scheduler."""
    open_jobs: dict[Key, tuple[int, Job]] = field(default_factory=dict)
    """Jobs of one seed that have not ended, with the number of what was sent."""
    asked_s: float = field(default_factory=time.monotonic)

    @property
    def busy(self) -> dict[int, Job]:
        """Number -> a job that was sent and has not ended."""
        return dict(self.open_jobs.values())


class SlurmEngine:
    """Allocations, each with some jobs at a time; they end when the engine is left."""

    def __init__(self, results: ResultsFolder, options: EngineOptions) -> None:
        """
        Raises:
            UserError: the library submitit is not installed, or an option is none.
        """
        try:
            import submitit
        except ImportError:
            raise UserError(
                "engine slurm: the library submitit is needed; it is not installed\n"
                "  pip install 'moat-lab[slurm]'"
            ) from None
        given = slurm_options(options.slurm)
        self._slots = int(given.pop("trainings", "1"))
        workers = options.workers or int(given.pop("allocations", "1")) * self._slots
        self._workers, self._most = workers, -(-workers // self._slots)
        self._folder = results.mailboxes / uuid4().hex[:12]
        self._results, self._options, self._cores = results, options, int(given.get("cpus", "0"))
        cluster, time_min = given.pop("cluster", None), given.pop("time", str(TIME_MIN))
        with self._refused():
            self._executor = submitit.AutoExecutor(self._folder / "logs", cluster=cluster)
            self._executor.update_parameters(name="moat_lab", **parameters({"time": time_min, **given}))
        self._pool: list[_Submitted] = []
        self._sent = self._labels = 0

    def __enter__(self) -> Self:
        end_earlier(self._results)
        self._folder.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *raised: object) -> None:
        (self._folder / "stop").touch()  # those that run see it at once
        for submitted in self._pool:
            if not submitted.allocation.began.exists():
                with suppress(Exception):  # of a scheduler that does not answer
                    submitted.job.cancel()
        wait_for_end(self._folder)
        shutil.rmtree(self._folder, ignore_errors=True)
        with suppress(OSError):
            self._folder.parent.rmdir()

    @property
    def free(self) -> int:
        return self._workers - sum(len(submitted.busy) for submitted in self._pool)

    @property
    def busy(self) -> bool:
        return any(submitted.open_jobs for submitted in self._pool)

    def slots(self) -> tuple[Slot, ...]:
        """Those of allocations that were asked for; the busy ones first."""
        slots: list[Slot] = []
        for of in self._pool:
            jobs: list[Job | None] = [*of.busy.values()]
            jobs += [None] * (self._slots - len(jobs))
            slots += [Slot(node=of.label, device=self._options.device, job=job) for job in jobs]
        return tuple(slots)

    def start(self, job: Job) -> None:
        with_slots = [of for of in self._pool if len(of.busy) < self._slots]
        submitted = min(with_slots, key=lambda of: len(of.busy)) if with_slots else self._submit()
        self._sent += 1
        submitted.open_jobs |= {key_of(each): (self._sent, each) for each in job.each.values()}
        submitted.allocation.jobs.put(self._sent, replace(job, resumable=not job.others))

    def wait(self) -> Iterator[Event]:
        """What allocations say next, at most after a while."""
        self._give_sign_of_life()
        said = False
        for submitted in [*self._pool]:
            for event in self._heard(submitted):
                said = True
                yield event
            yield from self._checked(submitted)
        if not said:
            time.sleep(POLL_S)

    def _submit(self) -> _Submitted:
        self._give_sign_of_life()
        self._labels += 1
        allocation = Allocation(
            folder=self._folder / str(self._labels),
            results=ResultsFolder(self._results.path.absolute()),
            slots=self._slots,
            device=self._options.device,
            cores=self._cores,
        )
        allocation.folder.mkdir()
        with self._refused():
            job = self._executor.submit(allocation)
        self._pool.append(_Submitted(allocation=allocation, label=f"node {self._labels}", job=job))
        return self._pool[-1]

    def _give_sign_of_life(self) -> None:
        (self._folder / "alive").touch()

    def _heard(self, submitted: _Submitted) -> Iterator[Event]:
        events = submitted.allocation.events
        for number, message in events.messages():
            events.remove(number)
            if isinstance(message, Exception):
                raise message
            known = submitted.open_jobs.get(key_of(message.job))
            if known is None:  # of a job that was given up
                continue
            sent, job = known
            if isinstance(message, ENDS):
                del submitted.open_jobs[key_of(message.job)]
                if sent not in submitted.busy:
                    submitted.allocation.jobs.remove(sent)
            yield replace(message, job=job, node=submitted.label)

    def _checked(self, submitted: _Submitted) -> Iterator[Event]:
        """Loses the jobs of an allocation that has ended."""
        if time.monotonic() - submitted.asked_s < STATE_S:
            return
        submitted.asked_s = time.monotonic()
        if not submitted.job.done():
            return
        yield from self._heard(submitted)  # what it said last
        state, lost = str(submitted.job.state).split()[0], [job for _, job in submitted.open_jobs.values()]
        self._pool.remove(submitted)
        if not submitted.allocation.began.exists() and state not in NOT_TO_BLAME:
            said = (submitted.job.stderr() or state).strip().splitlines()[-1]
            raise UserError(f"engine slurm: an allocation ended before it began to work: {said}")
        reason = f"AllocationEnded: the allocation that worked on it ended, {state}"
        for job in lost:
            yield JobLost(
                job=job,
                reason=reason,
                device=self._options.device,
                node=submitted.label,
                with_node=state in NOT_TO_BLAME,
            )

    @contextmanager
    def _refused(self) -> Iterator[None]:
        """
        Raises:
            UserError: the scheduler is not here, or does not take the options.
        """
        try:
            yield
        except (RuntimeError, NameError, TypeError, ValueError, OSError) as error:
            raise UserError(
                f"engine slurm: {first_line(error)}\n  --slurm takes what sbatch does, such as "
                "partition=gpu,time=60; cluster=local runs allocations on this machine"
            ) from None


ENGINE = SlurmEngine


def slurm_options(text: str) -> dict[str, str]:
    """`partition=gpu,time=60` by name.

    Raises:
        UserError: it is something else, or a number is needed.
    """
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    given = {name.strip(): value.strip() for name, _, value in pairs}
    for name, value in given.items():
        number = name in (*GENERIC, "trainings", "allocations")
        if not name or not value or (number and not (value.isdecimal() and int(value))):
            needed = "a whole number of 1 or more" if number else "NAME=VALUE"
            raise UserError(
                f"--slurm: {needed} is needed at '{name}'; got '{value}'\n  such as partition=gpu,time=60"
            )
    return given


def parameters(given: Mapping[str, str]) -> dict[str, object]:
    """As submitit takes them."""
    known = {GENERIC[name]: int(value) for name, value in given.items() if name in GENERIC}
    passed_on = {f"slurm_{name}": value for name, value in given.items() if name not in GENERIC}
    return {**known, **passed_on}


def key_of(job: Job) -> Key:
    return job.run.name, job.epochs


def finished(job: Job, results: ResultsFolder) -> TrainingEnded | MeasurementEnded | None:
    """The end of a job that is on disk already; None of one that is to be carried out."""
    run = job.run
    keys = run.network.key, run.recipe.key, run.seed
    if not job.epochs or job.others:
        return None
    record = results.evaluations.find(*keys)
    if record is None or record.status == "failed" or record.epochs < job.epochs:
        return None
    return TrainingEnded(job=job, evaluation=record)


def age_s(file: Path) -> float:
    """Since it was touched; infinite where there is no such file."""
    try:
        return time.time() - file.stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def end_earlier(results: ResultsFolder) -> None:
    """Ends allocations of an earlier run of the study, which nobody stopped: two must not train the same."""
    for folder in results.mailboxes.glob("*/"):
        (folder / "stop").touch()
        wait_for_end(folder)
        shutil.rmtree(folder, ignore_errors=True)


def wait_for_end(folder: Path) -> None:
    """Until no allocation of this folder gives signs of life."""
    while any(age_s(file) < GONE_S for file in folder.glob("*/running")):
        time.sleep(POLL_S)
