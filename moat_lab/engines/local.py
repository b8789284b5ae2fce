"""The local engine: worker processes of this machine, spread over its devices."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from multiprocessing import connection, forkserver, get_all_start_methods, get_context, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import Self

from moat_lab.device import CrowdedError, LostContextError, devices_of, memory_share
from moat_lab.engines.engine import (
    EngineOptions,
    EpochEnded,
    Event,
    Job,
    JobLost,
    MeasurementEnded,
    Slot,
    TrainingEnded,
)
from moat_lab.engines.worker import serve
from moat_lab.errors import UserError
from moat_lab.records import Epoch, Measurement, ResultsFolder

MEMORY_SHARE = 0.9
"""Of a GPU's memory, that its workers may take together; each has a context besides, of half a GB or so."""
PRELOADED = (
    "moat_lab.engines.worker",
    "moat_lab.train.short_training",
    "moat_lab.train.replay",
    "torch._dynamo",
)
"""What a training loads, which takes 5 s of a processor: more than many a training."""


@dataclass(slots=True, kw_only=True)
class _Worker:
    process: BaseProcess
    pipe: Connection
    device: str
    alone: bool
    """Whether it may take all of its device's memory."""
    job: Job | None = None
    jobs: dict[int, Job] = field(default_factory=dict)
    """Those of its job's seeds that have not ended."""

    def give(self, job: Job) -> None:
        self.job, self.jobs = job, job.each
        with suppress(ConnectionError):  # it has died: the end of its pipe says so
            self.pipe.send(job)

    def take(self) -> Job:
        """Its job, which it gives back."""
        assert self.job is not None
        self.jobs = {}
        return self.job

    def lose(self, reason: str) -> Iterator[JobLost]:
        lost, self.jobs = self.jobs, {}
        return (JobLost(job=job, reason=reason, device=self.device) for job in lost.values())

    def end(self) -> None:
        self.process.kill()
        self.process.join()


class LocalEngine:
    """Worker processes of this machine, each with one job at a time; they end when the engine is left."""

    def __init__(
        self, results: ResultsFolder, *, workers: int, device: str = "cpu", threads: int | None = None
    ) -> None:
        """
        Args:
            results: where workers write what comes of their jobs.
            workers: processes; each trains one network with one seed, or with several seeds together.
            device: `cuda` is every GPU there is; workers are spread evenly over them.
            threads: of torch in each; left out, the workers share the cores evenly.
        """
        self._pool: list[_Worker] = []
        self._crowded: list[Job] = []
        self._workers, self._devices = workers, devices_of(device)
        self._start_worker = partial(
            _start,
            threads=threads or max(1, (os.cpu_count() or 1) // workers),
            workers=workers,
            devices=len(self._devices),
            results=results,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        _emptied(self._pool)

    @property
    def free(self) -> int:
        """Workers that may be given a job now; one whose job waits for a device of its own is free."""
        return self._workers - len(self._at_work)

    @property
    def busy(self) -> bool:
        return bool(self._at_work or self._crowded)

    def slots(self) -> tuple[Slot, ...]:
        """One for each worker, also for those that have not been started yet."""
        jobs = [(worker.device, worker.job if worker.jobs else None) for worker in self._pool]
        taken = Counter(device for device, _ in jobs)
        while len(jobs) < self._workers:
            jobs.append((min(self._devices, key=taken.__getitem__), None))
            taken[jobs[-1][0]] += 1
        return tuple(Slot(node="node 1", device=device, job=job) for device, job in jobs)

    def start(self, job: Job) -> None:
        worker = _idle(self._pool)
        if worker is None:
            worker = self._start_worker(emptiest(self._devices, [of.device for of in self._pool]))
            self._pool.append(worker)
        worker.give(job)

    def wait(self, timeout_s: float | None = None) -> Iterator[Event]:
        """What the workers say next; a job that needs a device for itself begins once nothing else runs."""
        if self._crowded and not self._at_work:
            _emptied(self._pool)  # what they hold of the device's memory is free then
            self._pool.append(self._start_worker(self._devices[0], alone=True))
            self._pool[0].give(self._crowded.pop())
        at_work = self._at_work
        ready = connection.wait([worker.pipe for worker in at_work], timeout_s)
        for worker in at_work:
            if worker.pipe in ready:
                yield from self._events(worker)

    @property
    def _at_work(self) -> list[_Worker]:
        return [worker for worker in self._pool if worker.jobs]

    def _events(self, worker: _Worker) -> Iterator[Event]:
        try:
            seed, message = worker.pipe.recv()
        except (EOFError, OSError):
            worker.process.join()
            code = worker.process.exitcode
            yield from worker.lose(f"WorkerDied: the process that worked on it ended with exit code {code}")
            return
        if isinstance(message, LostContextError):
            worker.end()
            yield from worker.lose(str(message))
        elif isinstance(message, CrowdedError):
            self._crowded.append(worker.take())
        elif isinstance(message, UserError | OSError):
            raise message
        elif isinstance(message, Epoch):
            yield EpochEnded(job=worker.jobs[seed], epoch=message)
        elif isinstance(message, Measurement):
            yield MeasurementEnded(job=worker.jobs.pop(seed), measurement=message)
        else:
            yield TrainingEnded(job=worker.jobs.pop(seed), evaluation=message)


def _local(results: ResultsFolder, options: EngineOptions) -> LocalEngine:
    return LocalEngine(results, workers=options.workers, device=options.device)


ENGINE = _local


def emptiest(devices: Sequence[str], taken: Iterable[str]) -> str:
    """The device that is taken least often, the first of several."""
    counted = list(taken)
    return min(devices, key=counted.count)


def _idle(pool: list[_Worker]) -> _Worker | None:
    """A living worker without a job, if there is one; others leave the pool."""
    for worker in pool:
        if worker.alone and not worker.jobs:  # it holds too much memory
            worker.end()
    pool[:] = [worker for worker in pool if worker.jobs or worker.process.is_alive()]
    return next((worker for worker in pool if not worker.jobs), None)


def _emptied(pool: list[_Worker]) -> None:
    """All workers end."""
    for worker in pool:
        worker.process.kill()
    for worker in pool:
        worker.process.join()
    pool.clear()


def environment_of(*, threads: int, workers: int, devices: int) -> dict[str, str]:
    """What a worker reads: its threads, its shares of its device's memory, and how many workers there are."""
    each = -(-workers // devices)
    return {
        "OMP_NUM_THREADS": str(threads),
        "MOAT_LAB_MEMORY_SHARE": str(memory_share() / each),
        "MOAT_LAB_MEMORY_FRACTION": str(1 if each == 1 else MEMORY_SHARE / each),
        "MOAT_LAB_WORKERS": str(workers),
    }


def _start(
    device: str, *, threads: int, workers: int, devices: int, results: ResultsFolder, alone: bool = False
) -> _Worker:
    context = context_of(device)
    ours, theirs = context.Pipe()
    shares = environment_of(threads=threads, workers=1 if alone else workers, devices=devices)
    arguments = (theirs, threads, device, results, {**os.environ, **shares})
    process: BaseProcess = context.Process(target=serve, args=arguments, daemon=True)  # type: ignore[attr-defined]
    with _interrupts_blocked(), _in_environment(shares):
        if context.get_start_method() == "forkserver":
            forkserver.ensure_running()  # what it forks inherits the block; it loads libraries meanwhile
        else:
            process.start()
    if not process.pid:
        process.start()
    theirs.close()  # so that the end of the process is the end of the pipe
    return _Worker(process=process, pipe=ours, device=device, alone=alone)


def context_of(device: str) -> BaseContext:
    """How worker processes of a device start: from one that has loaded all libraries, where it can be forked.

    A process that has a GPU cannot.
    """
    if device != "cpu" or "forkserver" not in get_all_start_methods():
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload([*PRELOADED])
    return context


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Ctrl-C in a terminal reaches children too: they inherit a block, this process gets it later."""
    if os.name == "nt":  # signals cannot be blocked there
        yield
        return
    resource_tracker.ensure_running()  # when it starts, it unblocks interrupts
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _in_environment(values: Mapping[str, str]) -> Iterator[None]:
    """Of processes that start within; OpenMP reads its number of threads then, and not later."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
