"""What the networks of a space cost: the least, the middle, the most."""

from __future__ import annotations

import random
from dataclasses import dataclass

from moat_lab.costs.closed_form import Cost, cost_at
from moat_lab.grammar import Space
from moat_lab.metrics import CLOSED_FORM
from moat_lab.ops import InputSpec, input_spec

MAX_COUNTED = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """One metric over a space; `median` is the value of some network, the lower of two in the middle."""

    metric: str
    least: Cost
    median: float
    most: Cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Spreads over `counted` of `size` points."""

    size: int
    counted: int
    spreads: tuple[Spread, ...]


def summarise(
    space: Space,
    inputs: InputSpec | None = None,
    *,
    seed: int = 0,
) -> Summary:
    """The spread of every metric: over all points up to 10,000, over as many drawn uniformly beyond.

    Args:
        inputs: left out, the design resolution, 3 channels and 1000 classes.
    """
    inputs = inputs or input_spec(space.template.resolution)
    generator = random.Random(seed)
    everything = space.size <= MAX_COUNTED
    networks = space if everything else (space.sample(generator) for _ in range(MAX_COUNTED))
    costs = [cost_at(network, inputs) for network in networks]
    return Summary(
        size=space.size,
        counted=len(costs),
        spreads=tuple(_spread(costs, metric) for metric in CLOSED_FORM),
    )


def _spread(costs: list[Cost], metric: str) -> Spread:
    ordered = sorted(costs, key=lambda one: one.value(metric))
    median = ordered[(len(ordered) - 1) // 2].value(metric)
    return Spread(metric=metric, least=ordered[0], median=median, most=ordered[-1])
