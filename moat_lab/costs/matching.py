"""The same network at another cost: its stage widths scaled until a target is met."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache

from moat_lab.costs.closed_form import cost_at
from moat_lab.costs.scaling import Scaling, Widths, spread, width_candidates, width_step
from moat_lab.errors import UserError, did_you_mean
from moat_lab.grammar import Network
from moat_lab.metrics import COUNTS
from moat_lab.ops import InputSpec, input_spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A scaled network, what it costs, and what it should cost."""

    network: Network
    count: int
    target: int

    @property
    def excess(self) -> float:
        """How far above the target, as a share of it; negative below."""
        return self.count / self.target - 1


def matched(
    network: Network,
    target: int,
    metric: str = "macs",
    *,
    inputs: InputSpec | None = None,
    tolerance: float = 0.02,
) -> Network | None:
    """The network with its stage widths scaled so that it costs the target; None where no widths do.

    Of the widths found within the tolerance those whose factors lie closest together (the largest over
    the smallest), so a network that is within it stays as it is. The stem stays: it belongs to the images,
    and variants of a study share it. Depths, ratios and head sizes stay too, for they are what is compared.

    Args:
        target: of the metric, for one image.
        metric: `macs`, `params` or `activations`.
        inputs: left out, the design resolution, 3 channels and 1000 classes.
        tolerance: share of the target that the cost may be off.

    Raises:
        UserError: no such metric, a target below 1, or a negative tolerance.
    """
    nearest = nearest_match(network, target, metric, inputs=inputs, tolerance=tolerance)
    return nearest.network if abs(nearest.excess) <= tolerance else None


def nearest_match(
    network: Network,
    target: int,
    metric: str = "macs",
    *,
    inputs: InputSpec | None = None,
    tolerance: float = 0.02,
) -> Match:
    """As `matched`; where no widths found are within the tolerance, those with the nearest cost."""
    _check(target, metric, tolerance)
    at = inputs or input_spec(network.resolution)

    @cache
    def count(widths: Widths) -> int:
        return int(getattr(cost_at(with_widths(network, widths), at), metric))

    original = tuple(stage.width for stage in network.stages)
    scaling = Scaling(original, tuple(map(width_step, network.stages)), count, target)

    def rank(widths: Widths) -> tuple[float, float, float, Widths]:
        excess = abs(count(widths) / target - 1)
        return max(0.0, excess - tolerance), spread(dict(enumerate(widths)), original), excess, widths

    best = min({original, *width_candidates(scaling, {})}, key=rank)
    return Match(network=with_widths(network, best), count=count(best), target=target)


def with_widths(network: Network, widths: Iterable[int]) -> Network:
    """The network with another width in each stage."""
    stages = (replace(stage, width=width) for stage, width in zip(network.stages, widths, strict=True))
    return replace(network, stages=tuple(stages))


def _check(target: int, metric: str, tolerance: float) -> None:
    if metric not in COUNTS:
        hint = f"{did_you_mean(metric, COUNTS)}metrics: {', '.join(COUNTS)}"
        raise UserError(f"a metric to match is needed; got '{metric}'\n  {hint}")
    if target < 1:
        raise UserError(f"a target of 1 or more {metric} is needed; got {target}")
    if not tolerance >= 0:
        raise UserError(f"a tolerance of 0 or more is needed; got {tolerance}")
