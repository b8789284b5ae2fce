"""The points of a space as Optuna sees them, each with its network and exact costs."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from moat_lab.cost import cost
from moat_lab.errors import UserError
from moat_lab.grammar import Network, Space
from moat_lab.grammar.factor import Factor
from moat_lab.records import Variant
from moat_lab.report.units import si
from moat_lab.search.limits import excess

if TYPE_CHECKING:
    from optuna.distributions import BaseDistribution

Digits = tuple[int, ...]
Price = Callable[[Network], Variant]
MAX_COUNTED = 10_000


def pricing(resolution: int, *, num_classes: int, in_chans: int) -> Price:
    """A network -> the network with its exact costs at this resolution."""

    def price(network: Network) -> Variant:
        of = cost(network, resolution, num_classes=num_classes, in_chans=in_chans)
        return Variant(
            key=network.key,
            network=str(network),
            factors={},
            params=of.params,
            macs=of.macs,
            activations=of.activations,
        )

    return price


def costs_of(variant: Variant) -> dict[str, float]:
    """The closed-form costs by name."""
    return {"params": variant.params, "macs": variant.macs, "activations": variant.activations}


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """A space, its limits, and what its networks cost.

    A factor whose levels are numbers that rise is a whole number to Optuna, the position of its level, so
    that samplers know neighbours; any other is a category.
    """

    space: Space
    limits: Mapping[str, float]
    price: Price
    _priced: dict[Digits, Variant] = field(default_factory=dict, repr=False, compare=False)

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
        if digits not in self._priced:
            priced = self.price(self.space.at(digits))
            self._priced[digits] = replace(priced, factors=self.space.levels_at(digits))
        return self._priced[digits]

    def excess(self, digits: Digits) -> float:
        """How far a point is beyond the limits; 0 is within."""
        return excess(costs_of(self.variant(digits)), self.limits)

    def nearest(self, start: Digits, taken: Container[str]) -> Digits | None:
        """The point within the limits that is nearest to `start` and whose key is not taken; None if none is.

        Walks from neighbour to neighbour, the least beyond the limits first.
        """
        seen, waiting = {start}, [(self.excess(start), 0, start)]
        while waiting:
            beyond, steps, here = heapq.heappop(waiting)
            if not beyond and self.variant(here).key not in taken:
                return here
            for digits in self.neighbours(here):
                if digits not in seen:
                    seen.add(digits)
                    heapq.heappush(waiting, (self.excess(digits), steps + 1, digits))
        return None

    def neighbours(self, digits: Digits) -> Iterator[Digits]:
        """Points that differ in one factor: by one step where its levels are ordered, else in any way."""
        for i, factor in enumerate(self.space.factors):
            for digit in range(len(factor.levels)):
                step = abs(digit - digits[i])
                if step == 1 or (step and not is_ordered(factor)):
                    yield (*digits[:i], digit, *digits[i + 1 :])

    def counted(self, seed: int = 0) -> list[Digits]:
        """Every point up to 10,000; beyond, as many drawn uniformly."""
        if self.space.size <= MAX_COUNTED:
            return [self.space.digits(i) for i in range(self.space.size)]
        rng = random.Random(seed)
        return [
            tuple(rng.randrange(len(factor.levels)) for factor in self.space.factors)
            for _ in range(MAX_COUNTED)
        ]

    def some_feasible(self) -> Digits:
        """A point within the limits.

        Raises:
            UserError: there is none; names the point that comes nearest.
        """
        best = min(self.counted(), key=self.excess)
        found = self.nearest(best, ())
        if found is None:
            variant = self.variant(best)
            said = ", ".join(
                f"{si(costs_of(variant)[m])} of {si(most)} {m}" for m, most in self.limits.items()
            )
            raise UserError(
                f"constraints: no network of the space keeps them; the nearest has {said}\n"
                f"  {variant.network}"
            )
        return found


def is_ordered(factor: Factor) -> bool:
    """Whether the levels are numbers that rise."""
    levels = factor.levels
    if not all(isinstance(level, int | float) and not isinstance(level, bool) for level in levels):
        return False
    return list(levels) == sorted(levels)
