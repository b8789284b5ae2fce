"""The least that points of a space can cost, from what its stem and each of its stages cost at least."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from moat_lab.grammar import Space, Stage, Stem
from moat_lab.grammar.space import Part
from moat_lab.lowering import head_part, stage_part, stem_part
from moat_lab.metrics import COUNTS
from moat_lab.ops import Count, InputSpec, Shape

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LowerBounds:
    """Lower bounds for points of which some levels are decided, from tables: nothing is enumerated.

    Attributes:
        tables: for the stem and each stage the factors that it depends on, and what it costs at least
            (levels of each of them ..., 3).
    """

    tables: tuple[tuple[tuple[int, ...], Floats], ...]

    def of(self, decided: Sequence[int | None]) -> dict[str, float]:
        """Metric -> what no point with these levels is below; None is a level that is open."""
        total = np.zeros(len(COUNTS))
        for factors, costs in self.tables:
            here = costs[tuple(slice(None) if decided[i] is None else decided[i] for i in factors)]
            total += here.reshape(-1, len(COUNTS)).min(axis=0)
        return dict(zip(COUNTS, (total * (1 - 1e-12)).tolist(), strict=True))


def bounds_of(space: Space, inputs: InputSpec) -> LowerBounds:
    """The bounds at these inputs.

    Each stage gets the smallest map that can reach it, with the fewest channels, or with its own width where
    that can reach it: its shortcut then needs no projection. A head other than the linear one is not
    counted, and neither are the larger maps that it may ask for: what is left is a bound all the same.
    """
    tables: list[tuple[tuple[int, ...], Floats]] = []
    shape, widths, side = inputs.shape, {inputs.in_chans}, space.template.resolution
    for part in space.parts:
        stride = max(variant.stride for variant in part.variants.values())
        side = -(-side // stride)
        costs = [_least(variant, side, shape, widths) for variant in part.variants.values()]
        tables.append((part.factors, _table(space, part, costs)))
        widths = {_width(variant) for variant in part.variants.values()}
        smaller = shape.strided(stride)
        shape = Shape(min(widths), smaller.height, smaller.width)
    head = head_part(inputs.classes, shape).count if inputs.head is None else Count()
    tables.append(((), np.array([head.params, head.macs, head.activations], dtype=np.float64)))
    return LowerBounds(tuple(tables))


def _table(space: Space, part: Part, costs: list[list[float]]) -> Floats:
    levels = [len(space.factors[i].levels) for i in part.factors]
    return np.array(costs, dtype=np.float64).reshape(*levels, len(COUNTS))


def _least(part: Stem | Stage, side: int, shape: Shape, widths: set[int]) -> list[float]:
    counts = list(_counts(part, side, shape, widths))
    return [min(float(getattr(count, metric)) for count in counts) for metric in COUNTS]


def _counts(part: Stem | Stage, side: int, shape: Shape, widths: set[int]) -> Iterator[Count]:
    if isinstance(part, Stem):
        yield stem_part(part, shape).count
        return
    yield stage_part(part, side, shape).count
    if part.width in widths:
        yield stage_part(part, side, shape.with_channels(part.width)).count


def _width(part: Stem | Stage) -> int:
    return part.widths[-1] if isinstance(part, Stem) else part.width
