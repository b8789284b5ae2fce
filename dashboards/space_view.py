"""What the networks of a space cost: drawn samples, who keeps budgets, the extremes."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboards.costs import COSTS
from dashboards.setting import Setting
from moat_lab.errors import UserError
from moat_lab.grammar import Network, Space
from moat_lab.records.search import LATENCY
from moat_lab.search.limits import read_limits

DRAWN = 10_000
Digits = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Points of a space with their costs; `digits` say which level of each factor a point has.

    Args:
        costs: (N,) each, by name.
        is_all: whether these are all points of the space, each once.
    """

    digits: tuple[Digits, ...]
    costs: Mapping[str, NDArray[np.float64]]
    is_all: bool

    @property
    def size(self) -> int:
        return len(self.digits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extreme:
    """An end of the space by one cost."""

    cost: str
    end: str
    """`least` or `most`."""
    amount: int
    network: str


def read_budgets(text: str) -> dict[str, float]:
    """`macs <= 3M, params <= 250k` as a study's constraints: cost -> most; nothing for no text.

    Raises:
        UserError: as `read_limits`, or a budget of what has to be measured.
    """
    limits = read_limits([part for part in text.split(",") if part.strip()])
    if LATENCY in limits:
        raise UserError(
            f"budgets here are for what is known before anything is built; got {LATENCY}\n"
            f"  costs: {', '.join(COSTS)}"
        )
    return limits


def sample(space: Space, setting: Setting, *, seed: int = 0) -> Sample:
    """All points up to 10,000; beyond, as many drawn uniformly, with repeats."""
    is_all = space.size <= DRAWN
    digits = tuple(map(space.digits, range(space.size))) if is_all else _drawn(space, seed)
    rows = [_costs(space, point, setting) for point in digits]
    costs = {name: np.array([row[name] for row in rows], dtype=np.float64) for name in COSTS}
    return Sample(digits=digits, costs=costs, is_all=is_all)


def feasible(of: Sample, budgets: Mapping[str, float]) -> NDArray[np.bool_]:
    """(N,) which points keep every budget."""
    kept = np.ones(of.size, dtype=bool)
    for cost, most in budgets.items():
        kept &= of.costs[cost] <= most
    return kept


def extremes(space: Space, of: Sample, setting: Setting) -> tuple[Extreme, ...]:
    """The least and the most by every cost; where points were drawn, as far as changing factors leads."""
    return tuple(_extreme(space, of, setting, cost=cost, sign=sign) for cost in COSTS for sign in (1, -1))


def factor_table(space: Space) -> pd.DataFrame:
    """One row for each factor: its name, how many levels, and these as they are written."""
    return pd.DataFrame(
        {"factor": factor.name, "levels": len(factor.levels), "values": str(factor).partition(" in ")[2]}
        for factor in space.factors
    )


def one_of(space: Space, seed: int) -> Network:
    """A point drawn uniformly: the same for the same seed."""
    return space.sample(random.Random(seed))


def _drawn(space: Space, seed: int) -> tuple[Digits, ...]:
    generator = random.Random(seed)
    sizes = [len(factor.levels) for factor in space.factors]
    return tuple(tuple([int(generator.random() * size) for size in sizes]) for _ in range(DRAWN))


def _costs(space: Space, digits: Digits, setting: Setting) -> dict[str, int]:
    cost = setting.cost(space.at(digits))
    return {"macs": cost.macs, "params": cost.params, "activations": cost.activations}


def _extreme(space: Space, of: Sample, setting: Setting, *, cost: str, sign: int) -> Extreme:
    """`sign` 1 is the least, -1 the most."""
    start = of.digits[int(np.argmin(sign * of.costs[cost]))]
    digits = start if of.is_all else _walked(space, start, setting, cost=cost, sign=sign)
    amount = _costs(space, digits, setting)[cost]
    end = "least" if sign > 0 else "most"
    return Extreme(cost=cost, end=end, amount=amount, network=str(space.at(digits)))


def _walked(space: Space, digits: Digits, setting: Setting, *, cost: str, sign: int) -> Digits:
    """The best of all levels, factor by factor, until no factor alone leads further."""
    before: Digits = ()
    while digits != before:
        before = digits
        for i, factor in enumerate(space.factors):
            others = [(*digits[:i], level, *digits[i + 1 :]) for level in range(len(factor.levels))]
            digits = min([digits, *others], key=lambda point: sign * _costs(space, point, setting)[cost])
    return digits
