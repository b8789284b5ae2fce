"""Where labels go so that they hide nothing: arithmetic on boxes, no drawing."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

_DIRECTIONS = tuple((math.cos(a * math.pi / 8), math.sin(a * math.pi / 8)) for a in range(16))
_SWEEPS = 4
_GAPS = (1, 2, 3.5, 5, 7)


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


def place(labels: Sequence[Box], obstacles: Sequence[Box], frame: Box, *, gap: float) -> list[Box]:
    """Each label moved off its own centre, the point that it names, to where it covers least.

    Args:
        labels: centred on the points that they name.
        obstacles: what should stay visible: points, bars, lines.
        frame: labels stay inside where they can.
        gap: smallest distance of a label to its point; it is exceeded where that avoids an overlap.
    """
    placed = list(labels)
    done: set[int] = set()
    near = [_within(_reach(label, gap), obstacles) for label in labels]
    for _ in range(_SWEEPS):
        before = list(placed)
        for i in range(len(labels)):
            others = _within(_reach(labels[i], gap), [placed[j] for j in done if j != i])
            candidates = _around(labels[i], gap)
            placed[i] = min(candidates, key=lambda box: _badness(box, labels[i], others, near[i], frame))
            done.add(i)
        if placed == before:
            break  # so would every further sweep leave them
    return placed


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


def _badness(box: Box, start: Box, others: Sequence[Box], obstacles: Sequence[Box], frame: Box) -> float:
    """Area covered, in units of the label's own, plus something for each thing touched and for distance."""
    area = box.width * box.height
    outside = area - box.overlap(frame)
    hidden = [box.overlap(obstacle) for obstacle in obstacles]
    covered = 4 * sum(box.overlap(other) for other in others) + sum(hidden)
    touched = sum(area > 0 for area in hidden)  # a line is thin: its area says little
    away = math.hypot(box.x - start.x, box.y - start.y) / (box.width + box.height)
    return (20 * outside + 10 * covered) / area + touched + away
