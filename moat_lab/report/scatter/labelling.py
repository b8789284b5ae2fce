"""The labels of a scatter figure: where they stand, and the lines that join them to their points."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from moat_lab.report.names import wrapped
from moat_lab.report.placement import Box, Line, leader, leads_through, place
from moat_lab.report.scatter import ScatterInfo, ScatterPoint
from moat_lab.report.style import GREY, frame_of, sizes_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

_LETTERS = (22, 13)
"""In a line of a label."""


def draw_labels(axes: "Axes", info: ScatterInfo, colour: Callable[[ScatterPoint], str]) -> None:
    """Each near its point, and a line to it where it is far; shorter lines where one would cross a mark."""
    labelled = [point for point in info.points if point.is_labelled]
    marks = _marks(axes, info, dot_of(axes))
    for letters in _LETTERS:
        texts = [_text(axes, point, letters, colour(point)) for point in labelled]
        lines = _move_apart(axes, info, labelled, texts)
        if not any(leads_through(line, mark) for line in lines for mark in marks) or letters == _LETTERS[-1]:
            break
        for text in texts:
            text.remove()
    for line in lines:
        xs, ys = axes.transData.inverted().transform(line).T
        axes.plot(xs, ys, color=GREY, linewidth=0.4, zorder=1)


def _text(axes: "Axes", point: ScatterPoint, letters: int, colour: str) -> "Text":
    return axes.text(
        point.cost,
        point.score,
        wrapped(point.label, letters, lines=5),
        color=colour if point.on_frontier or point.is_baseline else GREY,
        fontsize=6,
        ha="center",
        va="center",
        linespacing=0.95,
        zorder=4,
    )


def _move_apart(
    axes: "Axes", info: ScatterInfo, labelled: Sequence[ScatterPoint], texts: Sequence["Text"]
) -> list[Line]:
    """Moves the texts off their points to where they hide least, and gives the lines to those far away."""
    dot = dot_of(axes)
    anchors = [pixels(axes, point.cost, point.score) for point in labelled]
    starts = [
        Box(x=x, y=y, width=width + 2 * dot, height=height + dot)
        for (x, y), (width, height) in zip(anchors, sizes_of(texts), strict=True)
    ]
    gap, marks, bars = 3.5 * dot, _marks(axes, info, dot), [_bar(axes, p, dot) for p in labelled]
    obstacles = [*marks, *_frontier_boxes(axes, info, dot)]
    boxes = place(starts, obstacles, frame_of(axes), gap=gap, marks=marks, bars=bars)
    for text, box in zip(texts, boxes, strict=True):
        # Positions in data, not pixels: the SVG has other pixels.
        x, y = axes.transData.inverted().transform((box.x, box.y))
        text.set_position((x, y))
    lines = (leader(start, box, gap=gap) for start, box in zip(starts, boxes, strict=True))
    return [line for line in lines if line]


def dot_of(axes: "Axes") -> float:
    """Pixels in a typographic point."""
    return axes.figure.dpi / 72


def _marks(axes: "Axes", info: ScatterInfo, dot: float) -> list[Box]:
    """Points and their bars as boxes in pixels."""
    boxes = []
    for point in info.points:
        x, y = pixels(axes, point.cost, point.score)
        boxes.append(Box(x=x, y=y, width=7 * dot, height=7 * dot))
    return boxes + [bar for point in info.points if (bar := _bar(axes, point, dot))]


def _bar(axes: "Axes", point: ScatterPoint, dot: float) -> Box | None:
    """None where the interval has no width."""
    if math.isnan(point.low):
        return None
    (x, low), (_, high) = (pixels(axes, point.cost, end) for end in (point.low, point.high))
    return Box(x=x, y=(low + high) / 2, width=3 * dot, height=high - low)


def _frontier_boxes(axes: "Axes", info: ScatterInfo, dot: float) -> list[Box]:
    corners = [pixels(axes, *corner) for corner in (*info.steps, (axes.get_xlim()[1], info.steps[-1][1]))]
    return [
        Box(x=(x0 + x1) / 2, y=(y0 + y1) / 2, width=x1 - x0 + 1.5 * dot, height=y1 - y0 + 1.5 * dot)
        for (x0, y0), (x1, y1) in pairwise(corners)
    ]


def pixels(axes: "Axes", x: float, y: float) -> tuple[float, float]:
    pixel_x, pixel_y = axes.transData.transform((x, y))
    return float(pixel_x), float(pixel_y)
