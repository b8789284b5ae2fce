"""Where labels go so that they hide nothing: arithmetic on boxes, no drawing."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

_DIRECTIONS = tuple((math.cos(a * math.pi / 8), math.sin(a * math.pi / 8)) for a in range(16))
_SWEEPS = 4
_CROSSED = 4.0
"""A leader through another mark or label costs as much as four things that a label touches."""
_GAPS = (1, 2, 3.5, 5, 7)
_LEADER_FROM = 2
"""Gaps between a point and its label from which a line joins them."""
Line = tuple[tuple[float, float], tuple[float, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A rectangle by its centre, in any one unit."""

    x: float
    y: float
    width: float
    height: float

    def overlap(self, other: "Box") -> float:
        """Area that both cover."""
        wide = (self.width + other.width) / 2 - abs(self.x - other.x)
        high = (self.height + other.height) / 2 - abs(self.y - other.y)
        return max(0.0, min(wide, self.width, other.width)) * max(0.0, min(high, self.height, other.height))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Surroundings:
    """What a label should not cover, and its leader should not cross."""

    labels: Sequence[Box]
    leaders: Sequence[Line]
    obstacles: Sequence[Box]
    marks: Sequence[Box]


def place(
    labels: Sequence[Box],
    obstacles: Sequence[Box],
    frame: Box,
    *,
    gap: float,
    marks: Sequence[Box] | None = None,
) -> list[Box]:
    """Each label moved off its own centre, the point that it names, to where it covers least.

    Args:
        labels: centred on the points that they name.
        obstacles: what should stay visible: points, bars, lines.
        frame: labels stay inside where they can.
        gap: smallest distance of a label to its point; it is exceeded where that avoids an overlap.
        marks: of all points, where a leader joins a label to its point: it crosses as few as can be.
    """
    placed = list(labels)
    done: set[int] = set()
    near = [_within(_reach(label, gap), obstacles) for label in labels]
    near_marks = [_within(_reach(label, gap), marks or ()) for label in labels]
    for _ in range(_SWEEPS):
        before = list(placed)
        for i, label in enumerate(labels):
            others = [j for j in done if j != i]
            leaders = [leader(labels[j], placed[j], gap=gap) for j in others]
            around = _Surroundings(
                labels=_within(_reach(label, gap), [placed[j] for j in others]),
                leaders=[line for line in leaders if line],
                obstacles=near[i],
                marks=near_marks[i],
            )
            costs = {
                box: _badness(box, label, around, frame)
                + (0.0 if marks is None else _CROSSED * _crossings(box, label, around, gap))
                for box in _around(label, gap)
            }
            placed[i] = min(costs, key=costs.__getitem__)
            done.add(i)
        if placed == before:
            break  # so would every further sweep leave them
    return placed


def leader(label: Box, placed: Box, *, gap: float) -> Line | None:
    """From the point that a label names to the label's nearest edge; None where that is near."""
    x = min(max(label.x, placed.x - placed.width / 2), placed.x + placed.width / 2)
    y = min(max(label.y, placed.y - placed.height / 2), placed.y + placed.height / 2)
    is_near = math.hypot(x - label.x, y - label.y) <= _LEADER_FROM * gap
    return None if is_near else ((label.x, label.y), (x, y))


def spread(positions: Sequence[float], *, gap: float, low: float, high: float) -> list[float]:
    """Positions in the same order, at least `gap` apart and within low..high where there is room."""
    order = sorted(range(len(positions)), key=lambda i: positions[i])
    room = (high - low) / (len(positions) - 1) if len(positions) > 1 else gap
    step = min(gap, room)
    moved: list[float] = []
    for rank, i in enumerate(order):
        least = max(low, moved[-1] + step) if moved else low
        most = high - step * (len(order) - 1 - rank)
        moved.append(min(max(positions[i], least), most))
    return [moved[order.index(i)] for i in range(len(positions))]


def _around(label: Box, gap: float) -> list[Box]:
    """Places whose nearest edge is 1, 2, 3.5 ... gaps from the point."""
    boxes = []
    for (dx, dy), far in product(_DIRECTIONS, _GAPS):
        x = label.x + dx * (far * gap + label.width / 2)
        y = label.y + dy * (far * gap + label.height / 2)
        boxes.append(replace(label, x=x, y=y))
    return boxes


def _reach(label: Box, gap: float) -> Box:
    """All that a label can cover from any of its places."""
    far = 2 * _GAPS[-1] * gap
    return replace(label, width=2 * label.width + far, height=2 * label.height + far)


def _within(reach: Box, boxes: Sequence[Box]) -> list[Box]:
    """The others hide nothing, wherever the label goes."""
    return [box for box in boxes if reach.overlap(box) > 0]


def _crosses(line: Line, box: Box) -> bool:
    """Whether a part of the line lies in the box (Liang and Barsky 1984)."""
    (x0, y0), (x1, y1) = line
    first, last = 0.0, 1.0
    for start, step, middle, size in ((x0, x1 - x0, box.x, box.width), (y0, y1 - y0, box.y, box.height)):
        low, high = middle - size / 2 - start, middle + size / 2 - start
        if step == 0:
            if low > 0 or high < 0:
                return False
        else:
            first, last = max(first, min(low / step, high / step)), min(last, max(low / step, high / step))
    return first <= last


def _crossings(box: Box, label: Box, around: _Surroundings, gap: float) -> int:
    """Marks and labels that the label's leader would cross, and leaders that the label would cover."""
    own = leader(label, box, gap=gap)
    crossed = sum(_leads_through(own, other) for other in (*around.marks, *around.labels)) if own else 0
    return crossed + sum(_crosses(line, box) for line in around.leaders)


def _leads_through(line: Line, box: Box) -> bool:
    """Whether it crosses the box on its way: its own mark, and one that it leads away from, do not count."""
    (x0, y0), (x1, y1) = line
    return (box.x - x0) * (x1 - x0) + (box.y - y0) * (y1 - y0) > 0 and _crosses(line, box)


def _badness(box: Box, start: Box, around: _Surroundings, frame: Box) -> float:
    """Area covered, in units of the label's own, plus something for each thing touched and for distance."""
    area = box.width * box.height
    outside = area - box.overlap(frame)
    hidden = [box.overlap(obstacle) for obstacle in around.obstacles]
    covered = 4 * sum(box.overlap(other) for other in around.labels) + sum(hidden)
    touched = sum(area > 0 for area in hidden)  # a line is thin: its area says little
    away = math.hypot(box.x - start.x, box.y - start.y) / (box.width + box.height)
    return (20 * outside + 10 * covered) / area + touched + away
