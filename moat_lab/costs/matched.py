"""The same network at another cost: its stage widths scaled until a target is met."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from moat_lab.costs.closed_form import Resolution, cost
from moat_lab.costs.scaling import Scaling, Widths, candidates, spread, width_step
from moat_lab.errors import UserError, did_you_mean
from moat_lab.grammar import Network
from moat_lab.metrics import COUNTS


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
    resolution: Resolution | None = None,
    num_classes: int = 1000,
    in_chans: int = 3,
    tolerance: float = 0.02,
) -> Network | None:
    """The network with its stage widths scaled so that it costs the target; None where no widths do.

    Of the widths found within the tolerance those whose factors lie closest together (the largest over
    the smallest), so a network that is within it stays as it is. The stem stays: it belongs to the images,
    and variants of a study share it. Depths, ratios and head sizes stay too, for they are what is compared.

    Args:
        target: of the metric, for one image.
        metric: `macs`, `params` or `activations`.
        resolution: side of the image, or (height, width), pixels; left out, the design resolution.
        tolerance: share of the target that the cost may be off.

    Raises:
        UserError: no such metric, a target below 1, a negative tolerance, or as `cost`.
    """
    nearest = nearest_match(
        network,
        target,
        metric,
        resolution=resolution,
        num_classes=num_classes,
        in_chans=in_chans,
        tolerance=tolerance,
    )
    return nearest.network if abs(nearest.excess) <= tolerance else None


def nearest_match(
    network: Network,
    target: int,
    metric: str = "macs",
    *,
    resolution: Resolution | None = None,
    num_classes: int = 1000,
    in_chans: int = 3,
    tolerance: float = 0.02,
) -> Match:
    """As `matched`; where no widths found are within the tolerance, those with the nearest cost."""
    _check(target, metric, tolerance)

    @cache
    def count(widths: Widths) -> int:
        scaled = _with_widths(network, widths)
        return int(getattr(cost(scaled, resolution, num_classes=num_classes, in_chans=in_chans), metric))

    original = tuple(stage.width for stage in network.stages)
    scaling = Scaling(original, tuple(map(width_step, network.stages)), count, target)

    def rank(widths: Widths) -> tuple[float, float, float, Widths]:
        excess = abs(count(widths) / target - 1)
        return max(0.0, excess - tolerance), spread(dict(enumerate(widths)), original), excess, widths

    best = min({original, *candidates(scaling, {})}, key=rank)
    return Match(network=_with_widths(network, best), count=count(best), target=target)


def _with_widths(network: Network, widths: Widths) -> Network:
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
