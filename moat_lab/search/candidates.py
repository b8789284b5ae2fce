"""The points of a space as Optuna sees them, each with its network and exact costs."""

from __future__ import annotations

import heapq
import random
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from moat_lab.costs import cost_at
from moat_lab.costs.lower_bounds import LowerBounds, bounds_of
from moat_lab.errors import UserError
from moat_lab.grammar import Network, Space
from moat_lab.grammar.factor import Factor
from moat_lab.ops import InputSpec
from moat_lab.records import Variant
from moat_lab.report.units import si
from moat_lab.search.limits import violation

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

Digits = tuple[int, ...]
MAX_POINTS = 10_000
_MAX_VISITED = 20_000
"""Points that are looked at from neighbour to neighbour, before bounds say where to look."""
_NODES = 20_000
"""Sets of points whose bounds are looked at: seconds. What is not found by then is rare, if it is there."""


def variant_at(network: Network, inputs: InputSpec) -> Variant:
    """A network with its exact costs, of no space."""
    costs = cost_at(network, inputs).values
    return Variant(key=network.key, network=str(network), factors={}, costs=costs)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """A space, its limits, and what its networks cost.

    A factor whose levels are numbers that rise is a whole number to Optuna, the position of its level, so
    that samplers know neighbours; any other is a category.
    """

    space: Space
    limits: Mapping[str, float]
    inputs: InputSpec
    inherited: Mapping[str, float] = field(default_factory=dict)
    """Network key -> score by weights that all networks of the space share, where there are any."""
    _variants: dict[Digits, Variant] = field(default_factory=dict, repr=False, compare=False)
    _lower_bounds: LowerBounds = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_lower_bounds", bounds_of(self.space, self.inputs))

    def distributions(self) -> dict[str, BaseDistribution]:
        """Factor -> what Optuna may choose from."""
        from optuna.distributions import CategoricalDistribution, IntDistribution

        return {
            factor.name: IntDistribution(0, len(factor.levels) - 1)
            if is_ordered(factor)
            else CategoricalDistribution(factor.texts)
            for factor in self.space.factors
        }

    def digits(self, params: Mapping[str, Any]) -> Digits:
        """Optuna's parameters as positions of levels."""
        return tuple(
            params[f.name] if is_ordered(f) else f.texts.index(params[f.name]) for f in self.space.factors
        )

    def params(self, digits: Digits) -> dict[str, Any]:
        """Positions of levels as Optuna's parameters."""
        return {
            f.name: digit if is_ordered(f) else f.texts[digit]
            for f, digit in zip(self.space.factors, digits, strict=True)
        }

    def variant(self, digits: Digits) -> Variant:
        """The network at a point with its levels and costs."""
        if digits not in self._variants:
            variant = variant_at(self.space.at(digits), self.inputs)
            self._variants[digits] = replace(variant, factors=self.space.levels_at(digits))
        return self._variants[digits]

    def violation(self, digits: Digits) -> float:
        """How far a point is beyond the limits; 0 is within."""
        return violation(self.variant(digits).costs, self.limits)

    def nearest(self, start: Digits, excluded: Container[str]) -> Digits | None:
        """A point within the limits, near to `start`, whose key is not excluded; None if none is found.

        Walks from neighbour to neighbour, the least beyond the limits first. In a space that is larger than
        such a walk, it is then sought by the bounds of the costs.
        """
        if self._bound(())[0]:
            return None
        visited, waiting = {start}, [(self.violation(start), 0, start)]
        while waiting and len(visited) < _MAX_VISITED:
            distance, steps, here = heapq.heappop(waiting)
            if not distance and self.variant(here).key not in excluded:
                return here
            for digits in self.neighbours(here):
                if digits not in visited:
                    visited.add(digits)
                    heapq.heappush(waiting, (self.violation(digits), steps + 1, digits))
        feasible = self._feasible() if waiting else ()
        return next((digits for digits in feasible if self.variant(digits).key not in excluded), None)

    def _feasible(self) -> Iterator[Digits]:
        """Points within the limits: level by level, without what bounds rule out."""
        waiting: list[tuple[int, ...]] = [()]
        for _ in range(_NODES):
            if not waiting:
                return
            decided = waiting.pop()
            if len(decided) == len(self.space.factors):
                if not self.violation(decided):
                    yield decided
                continue
            more = [(*decided, digit) for digit in range(len(self.space.factors[len(decided)].levels))]
            bounds = {point: self._bound(point) for point in more}
            waiting += sorted((p for p in more if not bounds[p][0]), key=bounds.__getitem__, reverse=True)

    def _small(self) -> Digits:
        """A point of low cost: for one factor after the other the level with the least bound."""
        digits: Digits = ()
        for factor in self.space.factors:
            digits = min(((*digits, digit) for digit in range(len(factor.levels))), key=self._bound)
        return digits

    def _bound(self, decided: Digits) -> tuple[float, float]:
        """How far all points that begin so are beyond the limits at least, and what part they take."""
        rest = len(self.space.factors) - len(decided)
        costs = self._lower_bounds.of([*decided, *[None] * rest])
        return violation(costs, self.limits), sum(
            costs[m] / most for m, most in self.limits.items() if m in costs
        )

    def neighbours(self, digits: Digits) -> Iterator[Digits]:
        """Points that differ in one factor: by one step where its levels are ordered, else in any way."""
        for i, factor in enumerate(self.space.factors):
            for digit in range(len(factor.levels)):
                step = abs(digit - digits[i])
                if step == 1 or (step and not is_ordered(factor)):
                    yield (*digits[:i], digit, *digits[i + 1 :])

    def points(self, seed: int = 0) -> list[Digits]:
        """Every point up to 10,000; beyond, as many drawn uniformly."""
        if self.space.size <= MAX_POINTS:
            return [self.space.digits(i) for i in range(self.space.size)]
        rng = random.Random(seed)
        return [
            tuple(rng.randrange(len(factor.levels)) for factor in self.space.factors)
            for _ in range(MAX_POINTS)
        ]

    def feasible_point(self) -> Digits:
        """A point within the limits.

        Raises:
            UserError: none is found; names the point that comes nearest.
        """
        small = self._small()
        if not self.violation(small):
            return small
        few = self.space.size <= MAX_POINTS or not self._bound(())[0]
        best = min([*(self.points() if few else ()), small], key=self.violation)
        point = self.nearest(best, ())
        if point is None:
            proved = self.space.size <= MAX_POINTS or self._bound(())[0]
            none, variant = "of the space" if proved else "was found that", self.variant(best)
            costs = variant.costs  # not the latency, which is measured later
            listed = ", ".join(
                f"{si(costs[m])} of {si(most)} {m}" for m, most in self.limits.items() if m in costs
            )
            raise UserError(
                f"constraints: no network {none} keeps them; the nearest has {listed}\n  {variant.network}"
            )
        return point


def candidates_of(space: Space | Network, limits: Mapping[str, float], inputs: InputSpec) -> Candidates:
    """The points of a space, their limits, and their costs at these inputs."""
    assert isinstance(space, Space)
    return Candidates(space=space, limits=limits, inputs=inputs)


def is_ordered(factor: Factor) -> bool:
    """Whether the levels are numbers that rise."""
    levels = factor.levels
    if not all(isinstance(level, int | float) and not isinstance(level, bool) for level in levels):
        return False
    return list(levels) == sorted(levels)
