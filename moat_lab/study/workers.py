"""Processes that train: each takes one job at a time and writes its evaluation down itself."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing import connection, get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from pathlib import Path
from threading import Thread

from moat_lab.errors import UserError
from moat_lab.proxy import Recipe, evaluate, measure
from moat_lab.records import Epoch, Evaluation, Measurement, Store, checkpoints_of, measurements_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One training to do, to the end of epoch `until`; where that is 0, the network is only measured."""

    network: str
    network_key: str
    recipe: Recipe
    seed: int
    until: int
    latency: bool = False
    """Whether measuring takes the network's latency too."""


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


Event = Started | Looked | Finished | Gauged | Lost


@dataclass(slots=True, kw_only=True)
class _Worker:
    process: SpawnProcess
    pipe: Connection
    job: Job | None = None


def run_jobs(
    next_job: Callable[[], Job | None], *, workers: int, threads: int, device: str, store: Store
) -> Generator[Event, None, None]:
    """Runs every job and tells what happens; the processes end when the iteration does, however it does.

    Args:
        next_job: asked whenever a worker is free; None while there is nothing to do. With nothing to do
            and nothing that runs, the iteration ends.
        workers: processes, each with one training at a time.
        threads: of torch in each.

    Raises:
        UserError: of a training: the device does not exist, the data are too few ...
    """
    pool: list[_Worker] = []
    try:
        while True:
            while sum(worker.job is not None for worker in pool) < workers and (job := next_job()):
                worker = _idle(pool) or _start(threads, device, store.folder)
                if worker not in pool:
                    pool.append(worker)
                worker.job = job
                worker.pipe.send(job)
                yield Started(job=job)
            busy = [worker for worker in pool if worker.job]
            if not busy:
                return
            ready = connection.wait([worker.pipe for worker in busy])
            for worker in busy:
                if worker.pipe in ready:
                    yield _heard(worker)
    finally:
        for worker in pool:
            worker.process.kill()
        for worker in pool:
            worker.process.join()


def _idle(pool: list[_Worker]) -> _Worker | None:
    """A living worker without a job, if there is one; dead ones leave the pool."""
    pool[:] = [worker for worker in pool if worker.job or worker.process.is_alive()]
    return next((worker for worker in pool if worker.job is None), None)


def _heard(worker: _Worker) -> Event:
    job = worker.job
    assert job is not None
    try:
        message = worker.pipe.recv()
    except (EOFError, ConnectionError):
        worker.process.join()
        worker.job = None
        return Lost(job=job, exit_code=worker.process.exitcode)
    if isinstance(message, Epoch):
        return Looked(job=job, epoch=message)
    worker.job = None
    if isinstance(message, UserError):
        raise message
    if isinstance(message, Measurement):
        return Gauged(job=job, measurement=message)
    return Finished(job=job, evaluation=message)


def _start(threads: int, device: str, folder: Path) -> _Worker:
    context = get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, threads, device, folder), daemon=True)
    with _interrupts_ignored(), _threads_in_environment(threads):
        process.start()
    theirs.close()  # so that the end of the process is the end of the pipe
    return _Worker(process=process, pipe=ours)


def _serve(pipe: Connection, threads: int, device: str, folder: Path) -> None:
    """Takes jobs until the parent is gone, also when that was killed."""
    import torch

    Thread(target=_end_with_parent, daemon=True).start()
    torch.set_num_threads(threads)
    store = Store(folder)
    with suppress(EOFError, ConnectionError):
        while True:
            job = pipe.recv()
            try:
                done: Evaluation | Measurement | UserError
                if job.until:
                    done = _trained(job, store, device, partial(_tell, pipe))
                else:
                    done = _measured(job, store, device)
            except UserError as error:
                done = UserError(str(error))
            pipe.send(done)


def _measured(job: Job, store: Store, device: str) -> Measurement:
    """The measurement, written down."""
    done = measure(job.network, job.recipe, job.seed, device=device, latency=job.latency)
    measurements_of(store.folder.parent).append(done)
    return done


def _trained(job: Job, store: Store, device: str, on_epoch: Callable[[Epoch], None]) -> Evaluation:
    """The evaluation, written down; a training that has ended leaves no checkpoint."""
    checkpoints = checkpoints_of(store.folder.parent)
    done = evaluate(
        job.network,
        job.recipe,
        job.seed,
        device=device,
        on_epoch=on_epoch,
        until=job.until,
        checkpoints=checkpoints,
    )
    store.append(done)
    if done.status != "paused":
        (checkpoints / f"{done.network_key}-{done.recipe_key}-{done.seed}.safetensors").unlink(
            missing_ok=True
        )
    return done


def _end_with_parent() -> None:
    """Ends this process, whatever it does, when its parent does."""
    parent = parent_process()
    assert parent is not None
    connection.wait([parent.sentinel])
    os._exit(1)


def _tell(pipe: Connection, epoch: Epoch) -> None:
    """A point of the curve to the parent; that there is none any more is no failure of the training."""
    try:
        pipe.send(epoch)
    except ConnectionError:
        raise SystemExit(0) from None


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
def _threads_in_environment(threads: int) -> Iterator[None]:
    """OpenMP reads its number of threads when a process starts."""
    before = os.environ.get("OMP_NUM_THREADS")
    os.environ["OMP_NUM_THREADS"] = str(threads)
    try:
        yield
    finally:
        if before is None:
            del os.environ["OMP_NUM_THREADS"]
        else:
            os.environ["OMP_NUM_THREADS"] = before
