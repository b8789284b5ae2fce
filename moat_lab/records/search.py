"""How a study chooses its networks, where it does not train all of its space."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Rungs:
    """Successive halving: at each of these epochs only the best go on.

    Args:
        epochs: rising, each below the recipe's own.
        keep: share of the networks at a rung that are promoted from it.
    """

    epochs: tuple[int, ...]
    keep: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Objectives, limits, and who chooses.

    Args:
        space: canonical text.
        objectives: `top1`, which is maximised, and closed-form costs, which are minimised.
        limits: closed-form cost -> most that a network may have.
        reference: objective -> a value worse than all of interest; the corner of the hypervolume.
        sampler: `name`, `seed`, and the options that were set.
        trials: networks to train at most.
        start: canonical texts of the networks to train first.
        rungs: where trainings pause until they are promoted; None trains every network to its end.
    """

    space: str
    objectives: tuple[str, ...]
    limits: Mapping[str, float]
    reference: Mapping[str, float]
    sampler: Mapping[str, Any]
    trials: int
    start: tuple[str, ...] = ()
    rungs: Rungs | None = None

    @property
    def costs(self) -> tuple[str, ...]:
        """The objectives beside top-1."""
        return tuple(name for name in self.objectives if name != "top1")


Closed = Literal["params", "macs", "activations"]
CLOSED_FORM: tuple[Closed, ...] = ("params", "macs", "activations")
"""Costs that are known of every network before anything is built."""
