"""What the networks of a space cost: a sample of them, the feasible ones, the extremes."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from time import monotonic

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from streamlit.runtime import exists, get_instance
from streamlit.runtime.scriptrunner import StopException, get_script_run_ctx

from dashboards.costs import COSTS
from dashboards.inputs import InputSetting
from moat_lab.errors import UserError
from moat_lab.grammar import Network, Space
from moat_lab.metrics import LATENCY
from moat_lab.search.limits import read_limits

MAX_SAMPLE = 10_000
TimeCheck = Callable[[], bool]
Digits = tuple[int, ...]


def always() -> bool:
    """A time budget without end."""
    return True


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
class CostExtreme:
    """An end of the space by one cost."""

    cost: str
    end: str
    """`least` or `most`."""
    amount: float
    network: str


def parse_budgets(text: str) -> dict[str, float]:
    """`macs <= 3M, params <= 250k` as in a study's constraints: cost -> most; empty for an empty text.

    Raises:
        UserError: as `read_limits`, or a budget for a measured cost.
    """
    limits = read_limits([part for part in text.split(",") if part.strip()])
    if LATENCY in limits:
        raise UserError(
            f"budgets here are for what is known before anything is built; got {LATENCY}\n"
            f"  costs: {', '.join(COSTS)}"
        )
    return limits


def sample(space: Space, setting: InputSetting, *, seed: int = 0, is_time_left: TimeCheck = always) -> Sample:
    """All points up to 10,000; beyond, as many drawn uniformly, with repeats; fewer where time is up.

    Args:
        is_time_left: called before each point but the first.
    """
    few = space.size <= MAX_SAMPLE
    drawn = _shuffled(space, seed) if few else _drawn(space, seed)
    rows = {i: (drawn[i], _costs(space, drawn[i], setting)) for i in _while(is_time_left, len(drawn))}
    points = sorted(rows.values(), key=lambda row: row[0]) if few else list(rows.values())
    costs = {name: np.array([row[name] for _, row in points], dtype=np.float64) for name in COSTS}
    return Sample(digits=tuple(d for d, _ in points), costs=costs, is_all=len(points) == space.size)


def feasible(of: Sample, budgets: Mapping[str, float]) -> NDArray[np.bool_]:
    """(N,) which points are within every budget."""
    is_feasible = np.ones(of.size, dtype=bool)
    for cost, most in budgets.items():
        is_feasible &= of.costs[cost] <= most
    return is_feasible


def extremes(
    space: Space, of: Sample, setting: InputSetting, *, is_time_left: TimeCheck = always
) -> tuple[CostExtreme, ...]:
    """The least and the most by every cost; of a sample, improved by coordinate descent."""
    ends = [(cost, sign) for cost in COSTS for sign in (1, -1)]
    return tuple(_extreme(space, of, setting, is_time_left, cost=cost, sign=sign) for cost, sign in ends)


def factor_table(space: Space) -> pd.DataFrame:
    """One row for each factor: its name, the number of levels, the levels as written."""
    return pd.DataFrame(
        {"factor": factor.name, "levels": len(factor.levels), "values": str(factor).partition(" in ")[2]}
        for factor in space.factors
    )


def random_network(space: Space, seed: int) -> Network:
    """A point drawn uniformly: the same for the same seed."""
    return space.sample(random.Random(seed))


def _drawn(space: Space, seed: int) -> tuple[Digits, ...]:
    generator = random.Random(seed)
    sizes = [len(factor.levels) for factor in space.factors]
    return tuple(tuple([int(generator.random() * size) for size in sizes]) for _ in range(MAX_SAMPLE))


def _shuffled(space: Space, seed: int) -> tuple[Digits, ...]:
    """All points, in an order in which the first ones are drawn uniformly."""
    order = random.Random(seed).sample(range(space.size), space.size)
    return tuple(map(space.digits, order))


def _while(is_time_left: TimeCheck, count: int) -> Iterator[int]:
    return takewhile(lambda i: not i or is_time_left(), range(count))


def _costs(space: Space, digits: Digits, setting: InputSetting) -> dict[str, float]:
    return setting.cost(space.at(digits)).values


def _extreme(
    space: Space, of: Sample, setting: InputSetting, is_time_left: TimeCheck, *, cost: str, sign: int
) -> CostExtreme:
    """`sign` 1 is the least, -1 the most."""
    start = of.digits[int(np.argmin(sign * of.costs[cost]))]
    digits = (
        start if of.is_all else _coordinate_descent(space, start, setting, is_time_left, cost=cost, sign=sign)
    )
    amount = _costs(space, digits, setting)[cost]
    end = "least" if sign > 0 else "most"
    return CostExtreme(cost=cost, end=end, amount=amount, network=str(space.at(digits)))


def _coordinate_descent(
    space: Space, digits: Digits, setting: InputSetting, is_time_left: TimeCheck, *, cost: str, sign: int
) -> Digits:
    """The best level of one factor after the other, until no factor alone improves, or time is up."""
    before: Digits = ()
    while digits != before:
        before = digits
        for i, factor in enumerate(space.factors):
            if not is_time_left():
                return digits
            others = [(*digits[:i], level, *digits[i + 1 :]) for level in range(len(factor.levels))]
            digits = min([digits, *others], key=lambda point: sign * _costs(space, point, setting)[cost])
    return digits


@dataclass(frozen=True, slots=True)
class TimeBudget:
    """For a calculation in steps; it ends when the session that started it has ended."""

    seconds: float
    began: float = field(default_factory=monotonic)

    def is_left(self) -> bool:
        """Whether there is time; raises where the session has ended."""
        if not _is_session_active():
            raise StopException  # as by st.stop: an interrupted result is not cached
        return monotonic() - self.began < self.seconds


def _is_session_active() -> bool:
    context = get_script_run_ctx(suppress_warning=True)
    return context is None or not exists() or get_instance().is_active_session(context.session_id)
