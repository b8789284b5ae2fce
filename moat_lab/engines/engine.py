"""The interface of all engines: jobs that are started in free slots, and the events of those that run."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, Self

from moat_lab.records import Epoch, Evaluation, Measurement, ResultsFolder
from moat_lab.train.run import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A run handed to an engine, to the end of epoch `epochs`; with 0 epochs the network is only measured."""

    run: Run
    epochs: int
    latency: bool = False
    """Whether measuring takes the network's latency too."""
    retry: bool = False
    """Whether its record is of a failure, which what comes of it replaces."""
    others: tuple[int, ...] = ()
    """Further seeds to train at once with this one, to the last epoch."""
    resumable: bool = False
    """Whether its training leaves a checkpoint after each validation."""

    @property
    def each(self) -> dict[int, Job]:
        """Seed -> the job of that seed alone."""
        seeds = (self.run.seed, *self.others)
        return {seed: replace(self, run=replace(self.run, seed=seed), others=()) for seed in seeds}


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStarted:
    job: Job


@dataclass(frozen=True, slots=True, kw_only=True)
class EpochEnded:
    """A point of a running training's learning curve."""

    job: Job
    epoch: Epoch
    node: str = "node 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingEnded:
    """A training that ended and is on disk, finished, paused or failed."""

    job: Job
    evaluation: Evaluation
    node: str = "node 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurementEnded:
    """A network that was measured; the measurement is on disk."""

    job: Job
    measurement: Measurement
    node: str = "node 1"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLost:
    """A job that ended without a result: its process died, or its process lost the GPU's context.

    Args:
        reason: what a record says of the failure; begins a line with an exception's type.
        device: on which it ran.
        with_node: whether its whole node went away, which says nothing of the job.
    """

    job: Job
    reason: str
    device: str
    node: str = "node 1"
    with_node: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeChanged:
    """A node joined, went away, or is not used; `text` says which and why."""

    node: str
    text: str


Event = JobStarted | EpochEnded | TrainingEnded | MeasurementEnded | JobLost | NodeChanged


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineOptions:
    """What the options of a study's command say of its engine; an empty text, and 0, are those left out.

    Args:
        workers: jobs at a time; 0 is as many as there are places.
        device: as torch names it, or `cuda` for every GPU.
        per_device: jobs at a time on each device.
        address: of a cluster that runs already.
        slurm: what the scheduler is asked for, as `NAME=VALUE,...`.
        shared: whether the results folder is at the same path on all nodes, and they write there.
        mixed: whether nodes with other versions are used too.
        data: of the study's recipe; a node whose images differ is not used.
    """

    workers: int = 0
    device: str = "cpu"
    per_device: int = 0
    address: str = ""
    slurm: str = ""
    shared: bool = False
    mixed: bool = False
    data: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One place on an engine, where one job runs at a time.

    Args:
        node: a short label such as `node 1`, the same while the engine is in use; never the name of a host.
        job: as it was started, with all of its seeds; None where a job may be started.
    """

    node: str
    device: str
    job: Job | None


class Engine(Protocol):
    """Runs jobs, each to one end: its training or measurement ends, or the job is lost.

    It is used in a `with` block; what still runs when the block is left is ended.
    """

    def __enter__(self) -> Self: ...

    def __exit__(self, *raised: object) -> None: ...

    @property
    def free(self) -> int:
        """Slots in which a job may be started now."""
        ...

    @property
    def busy(self) -> bool:
        """Whether a job has been started that has not ended."""
        ...

    def slots(self) -> Sequence[Slot]:
        """All slots as they are now, those of one node side by side."""
        ...

    def start(self, job: Job) -> None: ...

    def wait(self) -> Iterator[Event]:
        """What happens next, to jobs that were started.

        Raises:
            UserError: of a training: the device does not exist, the data are too few ...
            OSError: what came of a training cannot be written down.
        """
        ...


class EngineMaker(Protocol):
    """Makes an engine whose jobs write their records into a results folder (see `execution.execute`)."""

    def __call__(self, results: ResultsFolder, options: EngineOptions) -> Engine: ...


def run_jobs(engine: Engine, next_job: Callable[[], Job | None]) -> Iterator[Event]:
    """Starts a job in each slot as it becomes free, and tells what happens, until nothing is left to do.

    Args:
        next_job: asked whenever a slot is free; None while there is nothing to do.
    """
    while True:
        while engine.free and (job := next_job()):
            engine.start(job)
            yield from (JobStarted(job=each) for each in job.each.values())
        if not engine.busy:
            return
        yield from engine.wait()
