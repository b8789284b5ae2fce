"""A network as its layers in running order, each with its kind, its map and its exact cost."""

from __future__ import annotations

import re
from dataclasses import dataclass

from moat_lab.costs import Cost
from moat_lab.ops import Count, Shape

_NAME = re.compile(r"(?P<part>stem|head|stage \d+)(?: block (?P<block>\d+))?(?: (?P<layer>\S+))?")
_SECOND = re.compile(r"_(\d+)$")
"""The second attn of a block is attn_2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerCost:
    """One layer of a block; or the stem, the head, or a downsampling.

    Args:
        name: no two alike: `stage 2 block 3 attn`, `stage 2 downsample`, `stem`.
        part: `stem`, `stage 2`, `head`.
        block: its position in the stage from 1; 0 outside of blocks.
        kind: the layer's keyword, or `stem`, `head`, `downsample`.
        output: the map that leaves it.
    """

    name: str
    part: str
    block: int
    kind: str
    output: Shape
    count: Count


def layer_costs(cost: Cost) -> tuple[LayerCost, ...]:
    """All that adds up to the cost."""
    return tuple(_layer_cost(row.name, row.output, row.count) for row in cost.rows("layer"))


def _layer_cost(name: str, output: Shape, count: Count) -> LayerCost:
    match = _NAME.fullmatch(name)
    assert match, f"a row of a cost has another name than expected: {name}"
    return LayerCost(
        name=_SECOND.sub(r" \1", name),
        part=match["part"],
        block=int(match["block"] or 0),
        kind=_SECOND.sub("", match["layer"] or match["part"]),
        output=output,
        count=count,
    )
