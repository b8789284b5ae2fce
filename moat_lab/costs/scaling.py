"""Widths around a target cost: one common factor, rounded to the grid that each stage needs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from moat_lab.grammar import Stage
from moat_lab.grammar.network import MAX_WIDTH

Widths = tuple[int, ...]
FINE = 2
"""Widths are multiples of this, and of what their layers need: digits networks have stages of 16 channels."""
TRIED, COARSE = 3, 3
"""Widths tried of each of the stages with the coarsest grids, and how many stages that is."""
MOST = 64.0
"""The common factor goes no further than this, up or down."""
LOPSIDED = 2.0
"""Stages whose factors lie further apart than this make another network, not a scaled one."""


def width_step(stage: Stage) -> int:
    """The widths that suit every layer of the stage are the multiples of this: whole heads, whole ratios."""
    layers = {layer for group in stage.groups for layer in group.block}
    suited = (w for w in range(FINE, MAX_WIDTH, FINE) if not any(layer.problem(w) for layer in layers))
    return next(suited, stage.width)


@dataclass(frozen=True, slots=True)
class Scaling:
    """What is scaled: (stages,) widths and the steps of their grids, what widths cost, and should."""

    original: Widths
    steps: Widths
    count: Callable[[Widths], int]
    target: int

    def widths(self, factor: float, fixed: Mapping[int, int]) -> Widths:
        """Those fixed, by stage, and the others scaled to the nearest that the grid has."""
        return tuple(fixed[i] if i in fixed else self.near(i, factor)[0] for i in range(len(self.original)))

    def near(self, stage: int, factor: float) -> Widths:
        """Widths of the grid around a scaled one, nearest first."""
        step, wanted = self.steps[stage], min(MAX_WIDTH, factor * self.original[stage])
        below = int(wanted / step)
        grid = (step * (below + i) for i in (-1, 0, 1, 2))
        allowed = (width for width in grid if 0 < width <= MAX_WIDTH)
        return tuple(sorted(allowed, key=lambda width: abs(width - wanted)))

    def factor(self, fixed: Mapping[int, int], start: float) -> float:
        """The common factor of the widths not fixed at which the cost passes the target."""
        low = high = start
        while self.count(self.widths(low, fixed)) > self.target and low > 1 / MOST:
            low, high = max(1 / MOST, low / 1.2), low
        while self.count(self.widths(high, fixed)) < self.target and high < MOST:
            low, high = high, min(MOST, high * 1.2)
        while high / low > 1.002:
            middle = (low * high) ** 0.5
            if self.count(self.widths(middle, fixed)) < self.target:
                low = middle
            else:
                high = middle
        return high


def width_candidates(scaling: Scaling, fixed: Mapping[int, int], start: float = 1) -> Iterator[Widths]:
    """Widths around the target: the coarsest stage is set first, the finer ones make up for its rounding."""
    original, steps = scaling.original, scaling.steps
    free = [i for i in range(len(original)) if i not in fixed]
    if not free:
        yield scaling.widths(1, fixed)
        return
    coarsest = max(free, key=lambda i: steps[i] / original[i])
    factor = scaling.factor(fixed, start)
    near = scaling.near(coarsest, factor)
    for width in near if len(free) == 1 else near[: TRIED if len(fixed) < COARSE else 1]:
        chosen = {**fixed, coarsest: width}
        if spread(chosen, original) <= LOPSIDED:
            yield from width_candidates(scaling, chosen, factor)


def spread(widths: Mapping[int, int], original: Widths) -> float:
    """The largest factor over the smallest, of the stages whose widths are set."""
    factors = [width / original[stage] for stage, width in widths.items()]
    return max(factors) / min(factors)
