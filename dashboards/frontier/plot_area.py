"""Positions of data and labels on a chart of a usual size.

The server does not know the size in the browser. Labels are placed for a medium width; their distances from
the points, in pixels, also fit other widths.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from moat_lab.report.names import wrapped
from moat_lab.report.placement import Box, place
from moat_lab.report.scatter import ScatterInfo, ScatterPoint

_WIDTH, _HEIGHT = 760.0, 396.0
_CHARACTER, _LINE = 6.6, 16.0
"""Pixels of a label's font."""
_FAR = 20.0
_CROWD = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class PlotArea:
    """What the axes span; `left` and `right` are exponents of ten where the axis is logarithmic."""

    logarithmic: bool
    left: float
    right: float
    bottom: float
    top: float

    @property
    def right_cost(self) -> float:
        return float(10**self.right) if self.logarithmic else self.right

    def on_axis(self, cost: float) -> float:
        return math.log10(cost) if self.logarithmic else cost

    def pixels(self, cost: float, score: float) -> tuple[float, float]:
        """From the left and from the top."""
        x = (self.on_axis(cost) - self.left) / (self.right - self.left)
        y = (self.top - score) / (self.top - self.bottom)
        return x * _WIDTH, y * _HEIGHT


@dataclass(frozen=True, slots=True, kw_only=True)
class Offset:
    """From a point to the middle of its label, pixels."""

    x: float
    y: float
    is_far: bool


def area_of(info: ScatterInfo, also: Sequence[tuple[float, float]] = ()) -> PlotArea:
    """Room around the points for their labels, but no view of impossible accuracies.

    `also` is (cost, score) of what else the axes span.
    """
    linear = [p.cost for p in info.points] + [cost for cost, _ in also]
    costs = [math.log10(cost) if info.logarithmic else cost for cost in linear]
    ends = [value for p in info.points for value in (p.score, p.low, p.high) if not math.isnan(value)]
    ends += [score for _, score in also]
    left, right = _around(costs, 0.15)
    bottom, top = _around(ends, 0.1)
    return PlotArea(
        logarithmic=info.logarithmic, left=left, right=right, bottom=max(bottom, -2), top=min(top, 102)
    )


def log_ticks(left: float, right: float) -> list[float]:
    """1, 2, 5, 10, 20 ... between two exponents of ten; with 3, 4, 6 ... too where those are few."""
    decades = range(math.floor(left), math.ceil(right))
    few, many = (
        [step * 10.0**decade for decade in decades for step in steps] for steps in ((1, 2, 5), range(1, 10))
    )
    inside = [tick for tick in few if left <= math.log10(tick) <= right]
    return inside if len(inside) > 2 else [tick for tick in many if left <= math.log10(tick) <= right]


def label_offsets(info: ScatterInfo, area: PlotArea) -> list[Offset]:
    """Where the named points' labels go so that they hide nothing."""
    starts = [_label(point, area) for point in info.points if point.is_labelled]
    frame = Box(x=_WIDTH / 2, y=_HEIGHT / 2, width=_WIDTH, height=_HEIGHT)
    placed = place(starts, _obstacles(info, area), frame, gap=10)
    return [_offset(start, box) for start, box in zip(starts, placed, strict=True)]


def _around(values: list[float], margin: float) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = margin * (high - low) or 0.05 * abs(high) or 1.0
    return low - room, high + room


def _label(point: ScatterPoint, area: PlotArea) -> Box:
    x, y = area.pixels(point.cost, point.score)
    lines = wrapped(point.label, 22).split("\n")
    return Box(x=x, y=y, width=_CHARACTER * max(map(len, lines)), height=_LINE * len(lines))


def _offset(start: Box, box: Box) -> Offset:
    x, y = box.x - start.x, box.y - start.y
    gap = math.hypot(max(0.0, abs(x) - box.width / 2), max(0.0, abs(y) - box.height / 2))
    return Offset(x=round(x, 1), y=round(y, 1), is_far=gap > _FAR)


def _obstacles(info: ScatterInfo, area: PlotArea) -> list[Box]:
    """Markers, bars and the frontier; among very many points those below it may lie under labels."""
    boxes = []
    crowd = len(info.points) > _CROWD
    for point in (p for p in info.points if p.on_frontier or p.is_baseline or not crowd):
        x, y = area.pixels(point.cost, point.score)
        boxes.append(Box(x=x, y=y, width=14, height=14))
        if not math.isnan(point.low):
            low, high = area.pixels(point.cost, point.low)[1], area.pixels(point.cost, point.high)[1]
            boxes.append(Box(x=x, y=(low + high) / 2, width=8, height=low - high))
    corners = [area.pixels(*corner) for corner in (*info.steps, (area.right_cost, info.steps[-1][1]))]
    return boxes + [_line(*start, *end) for start, end in pairwise(corners)]


def _line(x0: float, y0: float, x1: float, y1: float) -> Box:
    return Box(x=(x0 + x1) / 2, y=(y0 + y1) / 2, width=abs(x1 - x0) + 3, height=abs(y1 - y0) + 3)
