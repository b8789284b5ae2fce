"""What the slots of an engine do, as its events say."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from statistics import fmean
from threading import Lock

from moat_lab.engines.engine import (
    EpochEnded,
    Event,
    Job,
    JobLost,
    JobStarted,
    MeasurementEnded,
    NodeChanged,
    Slot,
    TrainingEnded,
)
from moat_lab.grammar import Network
from moat_lab.records import Epoch, SlotStatus, Status

_LAST = 32
"""Trainings of a node, whose mean says how fast it is."""


@dataclass(slots=True, kw_only=True)
class _Running:
    name: str
    slot: Slot | None = None
    """None while an engine has not placed it."""
    curve: tuple[Epoch, ...] = ()


class Activity:
    """Which slot trains what, how far, and how fast each node is. Another thread may read `status`."""

    def __init__(self, slots: Callable[[], Sequence[Slot]], names: Mapping[str, str]) -> None:
        """
        Args:
            slots: the engine's, which may not have been entered yet.
            names: network key -> name.
        """
        self._current_slots, self._names = slots, names
        self._slots: tuple[Slot, ...] = ()
        self._running: dict[tuple[Network, int], _Running] = {}
        self._speeds: defaultdict[str, deque[float]] = defaultdict(lambda: deque(maxlen=_LAST))
        self._lost, self._lock = 0, Lock()

    def update(self, event: Event) -> None:
        """Takes in an event of the engine."""
        with self._lock:
            if isinstance(event, NodeChanged):
                self._slots = tuple(self._current_slots())
            elif isinstance(event, JobStarted):
                self._running[_identity(event.job)] = _Running(name=self.name(event.job))
                self._locate(event.job)
            elif isinstance(event, EpochEnded):
                self._advance(event)
            else:
                self._end(event)

    def status(self) -> Status:
        """What runs now."""
        with self._lock:
            at_work = Counter(running.slot.node for running in self._running.values() if running.slot)
            speeds = {node: fmean(last) * at_work[node] for node, last in self._speeds.items()}
            return Status(slots=tuple(map(self._slot, self._slots)), images_per_s=speeds, lost=self._lost)

    def name(self, job: Job) -> str:
        """The network's name and the seed."""
        return f"{self._names[job.run.network.key]}, seed {job.run.seed}"

    def place(self, job: Job) -> str:
        """Where a job runs, as far as there is a choice: `node 2`, `cuda:1`, `node 2 cuda:1` or nothing."""
        slot = self._running[_identity(job)].slot
        if slot is None:
            return ""
        nodes, devices = {each.node for each in self._slots}, {each.device for each in self._slots}
        return " ".join([slot.node] * (len(nodes) > 1) + [slot.device] * (len(devices) > 1))

    def _locate(self, job: Job) -> None:
        """Finds the slot of a job that runs; the engine may have placed it since it started."""
        self._slots = tuple(self._current_slots())
        part = _identity(job)
        self._running[part].slot = next((slot for slot in self._slots if part in _parts(slot.job)), None)

    def _advance(self, event: EpochEnded) -> None:
        if running := self._running.get(_identity(event.job)):
            running.curve += (event.epoch,)
            if running.slot is None:
                self._locate(event.job)

    def _end(self, event: TrainingEnded | MeasurementEnded | JobLost) -> None:
        self._running.pop(_identity(event.job), None)
        self._lost += isinstance(event, JobLost)
        if isinstance(event, TrainingEnded) and event.evaluation.images_per_s:
            self._speeds[event.node].append(event.evaluation.images_per_s)

    def _slot(self, slot: Slot) -> SlotStatus:
        trainings = [self._running[part] for part in _parts(slot.job) if part in self._running]
        if not slot.job or not trainings:
            return SlotStatus(node=slot.node, device=slot.device)
        curve, more = trainings[0].curve, len(trainings) - 1
        return SlotStatus(
            node=slot.node,
            device=slot.device,
            training=trainings[0].name + (f" and {more} more" if more else ""),
            epoch=curve[-1].epoch if curve else 0,
            epochs=slot.job.epochs,
            score=curve[-1].score if curve else None,
            curve=tuple(epoch.score for epoch in curve if isfinite(epoch.score)),
        )


def _identity(job: Job) -> tuple[Network, int]:
    """Of a job for one seed: no two of one network and seed run at a time."""
    return job.run.network, job.run.seed


def _parts(job: Job | None) -> list[tuple[Network, int]]:
    """The identity of each seed's job."""
    return [(job.run.network, seed) for seed in (job.run.seed, *job.others)] if job else []
