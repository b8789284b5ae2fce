"""Where labels go so that they hide nothing: arithmetic on boxes, no drawing."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import product, zip_longest

_DIRECTIONS = tuple((math.cos(a * math.pi / 8), math.sin(a * math.pi / 8)) for a in range(16))
_SWEEPS = 8
_CROSSED = 50.0
"""A leader through another mark or label, and a label over a mark, cost as much as fifty things touched."""
_OUTSIDE = 1000.0
"""What a label costs that is not inside of the frame, and once more for all of its area."""
_GAPS = (1, 2, 3.5, 5, 7, 10, 14)
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
        if wide <= 0 or high <= 0:
            return 0.0
        return min(wide, self.width, other.width) * min(high, self.height, other.height)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Surroundings:
    """What a label should not cover, and its leader not cross: `marks` and `labels` least of all."""

    labels: Sequence[Box]
    leaders: Sequence[Line]
    marks: Sequence[Box]


@dataclass(frozen=True, slots=True, kw_only=True)
class _FixedBadness:
    """What is wrong with a label's place wherever the other labels are.

    Args:
        hidden: area of obstacles that it covers.
        touched: how many it touches: a line is thin, its area says little.
    """

    beyond: float
    hidden: float
    touched: int
    away: float


def place(
    labels: Sequence[Box],
    obstacles: Sequence[Box],
    frame: Box,
    *,
    gap: float,
    marks: Sequence[Box] | None = None,
    bars: Sequence[Box | None] = (),
) -> list[Box]:
    """Each label moved off its own centre, the point that it names, to where it covers least.

    Args:
        labels: centred on the points that they name.
        obstacles: what should stay visible: points, bars, lines.
        frame: labels stay inside where they can.
        gap: smallest distance of a label to its point; it is exceeded where that avoids an overlap.
        marks: of all points, and their bars, where a leader joins a label to its point: it crosses as few as
            can be, and labels cover as few.
        bars: of each label's point, where it has one: the label may stand above or below it.
    """
    places = [_around(label, gap) + _at_ends(label, bar, gap) for label, bar in zip_longest(labels, bars)]
    reaches = [_hull([label, *boxes]) for label, boxes in zip(labels, places, strict=True)]
    fixed = [(_within(reach, obstacles), _within(reach, marks or ())) for reach in reaches]

    @cache
    def fixed_badness(i: int, box: Box) -> _FixedBadness:
        return _fixed_badness(box, labels[i], fixed[i][0], frame)

    def costs(i: int, placed: Mapping[int, Box], boxes: Sequence[Box]) -> list[float]:
        others = [j for j in placed if j != i]
        leaders = [leader(labels[j], placed[j], gap=gap) for j in others]
        around = _Surroundings(
            labels=_within(reaches[i], [placed[j] for j in others]),
            leaders=[line for line in leaders if line],
            marks=fixed[i][1],
        )
        crossed = [0 if marks is None else _crossings(box, labels[i], around, gap) for box in boxes]
        bad = (_badness(box, fixed_badness(i, box), around.labels) for box in boxes)
        return [_CROSSED * crossings + badness for crossings, badness in zip(crossed, bad, strict=True)]

    forward = range(len(labels))
    orders = [forward] if marks is None else [forward, forward[::-1]]
    found = [_settled(order, places, costs) for order in orders]
    best = min(found, key=lambda placed: sum(costs(i, placed, [placed[i]])[0] for i in forward))
    return [best[i] for i in forward]


def _settled(
    order: Sequence[int],
    places: Sequence[Sequence[Box]],
    costs: Callable[[int, Mapping[int, Box], Sequence[Box]], list[float]],
) -> dict[int, Box]:
    """Each label where it costs least beside those placed before, again and again until none moves."""
    placed: dict[int, Box] = {}
    for _ in range(_SWEEPS):
        before = dict(placed)
        for i in order:
            ranked = costs(i, placed, places[i])
            placed[i] = places[i][ranked.index(min(ranked))]
        if placed == before:
            break  # so would every further sweep leave them
    return placed


def leader(label: Box, placed: Box, *, gap: float) -> Line | None:
    """From the point that a label names to the label's nearest edge; None where that is near."""
    x = min(max(label.x, placed.x - placed.width / 2), placed.x + placed.width / 2)
    y = min(max(label.y, placed.y - placed.height / 2), placed.y + placed.height / 2)
    is_near = math.hypot(x - label.x, y - label.y) <= _LEADER_FROM * gap
    return None if is_near else ((label.x, label.y), (x, y))


def _around(label: Box, gap: float) -> list[Box]:
    """Places whose nearest edge is 1, 2, 3.5 ... gaps from the point."""
    boxes = []
    for (dx, dy), far in product(_DIRECTIONS, _GAPS):
        x = label.x + dx * (far * gap + label.width / 2)
        y = label.y + dy * (far * gap + label.height / 2)
        boxes.append(replace(label, x=x, y=y))
    return boxes


def _at_ends(label: Box, bar: Box | None, gap: float) -> list[Box]:
    """Above and below its point's bar, in the middle or to one side, up to three labels away."""
    if bar is None:
        return []
    boxes = []
    for side, step, away in product((-1, 1), (0, 0.25, -0.25, 0.45, -0.45), range(4)):
        y = bar.y + side * (bar.height / 2 + gap / 2 + (0.5 + 1.15 * away) * label.height)
        boxes.append(replace(label, x=label.x + step * label.width, y=y))
    return boxes


def _hull(boxes: Sequence[Box]) -> Box:
    """The smallest box that holds all."""
    left, right = min(b.x - b.width / 2 for b in boxes), max(b.x + b.width / 2 for b in boxes)
    bottom, top = min(b.y - b.height / 2 for b in boxes), max(b.y + b.height / 2 for b in boxes)
    return Box(x=(left + right) / 2, y=(bottom + top) / 2, width=right - left, height=top - bottom)


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
    """Marks and labels that the label's leader would cross, and all that the label would cover of these."""
    own = leader(label, box, gap=gap)
    crossed = sum(leads_through(own, other) for other in (*around.marks, *around.labels)) if own else 0
    covered = sum(box.overlap(other) > 0 for other in (*around.marks, *around.labels))
    return crossed + covered + sum(_crosses(line, box) for line in around.leaders)


def leads_through(line: Line, box: Box) -> bool:
    """Whether it crosses the box on its way: its own mark and bar, in which it starts, do not count."""
    x, y = line[0]
    starts_inside = abs(x - box.x) <= box.width / 2 and abs(y - box.y) <= box.height / 2
    return not starts_inside and _crosses(line, box)


def _fixed_badness(box: Box, start: Box, obstacles: Sequence[Box], frame: Box) -> _FixedBadness:
    area = box.width * box.height
    outside = area - box.overlap(frame)
    hidden = [box.overlap(obstacle) for obstacle in obstacles]
    return _FixedBadness(
        beyond=_OUTSIDE * ((outside > 1e-6 * area) + outside / area),
        hidden=sum(hidden),
        touched=sum(area > 0 for area in hidden),
        away=math.hypot(box.x - start.x, box.y - start.y) / (box.width + box.height),
    )


def _badness(box: Box, fixed: _FixedBadness, labels: Sequence[Box]) -> float:
    """Area covered, in units of the label's own, plus something for each thing touched and for distance."""
    covered = 4 * sum(box.overlap(other) for other in labels) + fixed.hidden
    return fixed.beyond + 10 * covered / (box.width * box.height) + fixed.touched + fixed.away
