"""What a running command does now, for pages to show; nothing follows from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import TypeAdapter

STALE_S = 15.0
"""A status is written every second: one that is older is of a command that has ended or stands still."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotStatus:
    """A slot of the engine and how far its training is.

    Args:
        training: the network's name and its seed; empty where the slot is free.
        epoch: the last that was validated; 0 before the first.
        score: at that epoch.
        curve: the scores of the epochs that were validated so far.
    """

    node: str
    device: str
    training: str = ""
    epoch: int = 0
    epochs: int = 0
    score: float | None = None
    curve: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What an engine runs.

    Args:
        images_per_s: of each node: the mean of its last trainings, times those that run there now.
        lost: jobs that ended without a result, each of which was started once more.
    """

    slots: tuple[SlotStatus, ...]
    images_per_s: Mapping[str, float]
    lost: int

    @property
    def nodes(self) -> dict[str, list[SlotStatus]]:
        """Node -> its slots."""
        nodes: dict[str, list[SlotStatus]] = {}
        for slot in self.slots:
            nodes.setdefault(slot.node, []).append(slot)
        return nodes


STATUS = TypeAdapter(Status)
