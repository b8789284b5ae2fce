"""What one process is asked to do."""

from __future__ import annotations

from dataclasses import dataclass, replace

from moat_lab.train import Recipe


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
    retry: bool = False
    """Whether its record is of a failure, which what comes of it replaces."""
    others: tuple[int, ...] = ()
    """Further seeds to train at once with this one, to the last epoch."""
    again: bool = False
    """Whether its worker was lost with it once: what is lost twice has failed."""

    @property
    def each(self) -> dict[int, Job]:
        """Seed -> the job of that seed alone."""
        return {seed: replace(self, seed=seed, others=()) for seed in (self.seed, *self.others)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """A worker's word that the fault may not be the job's: another worker should do it."""

    reason: str
    alone: bool
    """Whether memory ran out beside other jobs, so that it needs the device for itself."""
