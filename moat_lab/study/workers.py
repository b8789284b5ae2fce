"""Processes that train, spread over the devices, and what is heard of them."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from multiprocessing import connection, get_context
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path

from moat_lab.device import devices_of, memory_share
from moat_lab.errors import UserError
from moat_lab.records import Epoch, Evaluation, Measurement, Store
from moat_lab.study.job import Again, Job
from moat_lab.study.serve import serve


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    job: Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A point of a running training's learning curve."""

    job: Job
    epoch: Epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A training that ended and is on disk, finished or failed."""

    job: Job
    evaluation: Evaluation


@dataclass(frozen=True, slots=True, kw_only=True)
class Gauged:
    """A network that was measured; what was found is on disk."""

    job: Job
    measurement: Measurement


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """A job whose process died; nothing was written, so that the next run does it again."""

    job: Job
    exit_code: int | None


CARD = 0.9
"""Of a GPU's memory, that its workers may take together; each has a context besides, of half a GB or so."""
Event = Started | Looked | Finished | Gauged | Lost


@dataclass(slots=True, kw_only=True)
class _Worker:
    process: SpawnProcess
    pipe: Connection
    device: str
    whole: bool
    """Whether it may take all of its device's memory."""
    job: Job | None = None
    jobs: dict[int, Job] = field(default_factory=dict)
    """Those of its job's seeds that are not done."""

    def give(self, job: Job) -> None:
        self.job, self.jobs = job, job.each
        self.pipe.send(job)

    @property
    def spent(self) -> bool:
        """Whether it is to do no other job: it holds too much memory, or its GPU may be lost to it."""
        return not self.jobs and (self.whole or (self.job is not None and self.job.again))

    def end(self) -> None:
        self.process.kill()
        self.process.join()


@dataclass(slots=True, kw_only=True)
class _Deferred:
    """Jobs that a worker gave back: to do again, and to do when nothing else runs."""

    again: list[Job] = field(default_factory=list)
    alone: list[Job] = field(default_factory=list)

    def add(self, job: Job, answer: Again) -> None:
        (self.alone if answer.alone else self.again).append(replace(job, again=not answer.alone))


def run_jobs(
    next_job: Callable[[], Job | None], *, workers: int, threads: int, device: str, store: Store
) -> Generator[Event, None, None]:
    """Runs every job and tells what happens; the processes end when the iteration does, however it does.

    Args:
        next_job: asked whenever a worker is free; None while there is nothing to do. With nothing to do
            and nothing that runs, the iteration ends.
        workers: processes, each with one training at a time, or with the seeds of one network together.
        device: `cuda` is every GPU there is; workers are spread evenly over them.
        threads: of torch in each.

    Raises:
        UserError: of a training: the device does not exist, the data are too few ...
        OSError: what came of a training cannot be written down.
    """
    pool: list[_Worker] = []
    deferred = _Deferred()
    devices = devices_of(device)
    start = partial(_start, threads=threads, workers=workers, devices=len(devices), folder=store.folder)
    try:
        while True:
            while sum(bool(worker.jobs) for worker in pool) < workers and (
                job := deferred.again.pop() if deferred.again else next_job()
            ):
                worker = _idle(pool) or start(emptiest(devices, _taken(pool)))
                if worker not in pool:
                    pool.append(worker)
                worker.give(job)
                if not job.again:
                    yield from (Started(job=each) for each in job.each.values())
            if deferred.alone and not any(worker.jobs for worker in pool):
                _emptied(pool)  # what they keep of the device's memory is free then
                pool.append(start(devices[0], whole=True))
                pool[0].give(deferred.alone.pop())
            busy = [worker for worker in pool if worker.jobs]
            if not busy:
                return
            ready = connection.wait([worker.pipe for worker in busy])
            for worker in busy:
                if worker.pipe in ready:
                    yield from _heard(worker, deferred)
    finally:
        _emptied(pool)


def emptiest(devices: Sequence[str], taken: Iterable[str]) -> str:
    """The device that is taken least often, the first of several."""
    counted = list(taken)
    return min(devices, key=counted.count)


def _taken(pool: list[_Worker]) -> list[str]:
    return [worker.device for worker in pool]


def _idle(pool: list[_Worker]) -> _Worker | None:
    """A living worker without a job, if there is one; others leave the pool."""
    for worker in pool:
        if worker.spent:
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


def _heard(worker: _Worker, deferred: _Deferred) -> Iterator[Event]:
    try:
        seed, message = worker.pipe.recv()
    except (EOFError, ConnectionError):
        worker.process.join()
        lost, worker.jobs = worker.jobs, {}
        yield from (Lost(job=job, exit_code=worker.process.exitcode) for job in lost.values())
        return
    if isinstance(message, UserError | OSError):
        raise message
    if isinstance(message, Again):
        assert worker.job is not None
        deferred.add(worker.job, message)
        worker.jobs = {}
        if not message.alone:
            worker.end()  # it ends by itself, but might still look alive
        return
    if isinstance(message, Epoch):
        yield Looked(job=worker.jobs[seed], epoch=message)
        return
    job = worker.jobs.pop(seed)
    if isinstance(message, Measurement):
        yield Gauged(job=job, measurement=message)
    else:
        yield Finished(job=job, evaluation=message)


def environment_of(*, threads: int, workers: int, devices: int) -> dict[str, str]:
    """What a worker reads: its threads, its shares of its device's memory, and how many workers there are."""
    each = -(-workers // devices)
    return {
        "OMP_NUM_THREADS": str(threads),
        "MOAT_LAB_MEMORY_SHARE": str(memory_share() / each),
        "MOAT_LAB_MEMORY_FRACTION": str(1 if each == 1 else CARD / each),
        "MOAT_LAB_WORKERS": str(workers),
    }


def _start(
    device: str, *, threads: int, workers: int, devices: int, folder: Path, whole: bool = False
) -> _Worker:
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs, threads, device, folder), daemon=True)
    shares = environment_of(threads=threads, workers=1 if whole else workers, devices=devices)
    with _interrupts_ignored(), _in_environment(shares):
        process.start()
    theirs.close()  # so that the end of the process is the end of the pipe
    return _Worker(process=process, pipe=ours, device=device, whole=whole)


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """Ctrl-C in a terminal reaches children too; they inherit that it is the parent's to answer."""
    try:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:  # not the main thread: no Ctrl-C arrives here
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


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
