"""The costs that an axis or a column may show, and units that suit them."""

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from moat_lab.records.search import LATENCY
from moat_lab.report.units import si

COSTS = {"macs": "MACs", "params": "parameters", "activations": "activations"}
"""Column of `analysis.summary` -> its name on a screen."""
MEASURED = {LATENCY: "latency"}
"""Costs that only some studies have measured."""
_AXES = {
    "macs": "cost ({}MACs)",
    "params": "parameters ({})",
    "activations": "activations ({})",
    LATENCY: "latency (ms)",
}
_HEADERS = {
    "macs": "{}MACs",
    "params": "params, {}",
    "activations": "activations, {}",
    LATENCY: "latency, ms",
}
_PREFIXES = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A cost is divided by `factor`; `axis` and `header` name it with its unit."""

    factor: float
    axis: str
    header: str


def unit(cost: str, values: Iterable[float]) -> Unit:
    """The unit in which the largest of the values is a number of one to three digits; ms are ms."""
    if cost in MEASURED:
        return Unit(factor=1.0, axis=_AXES[cost], header=_HEADERS[cost])
    largest = max(values, default=0)
    factor, prefix = next((pair for pair in _PREFIXES if largest >= pair[0]), _PREFIXES[-1])
    return Unit(factor=factor, axis=_AXES[cost].format(prefix), header=_HEADERS[cost].format(prefix))


def costs_of(table: pd.DataFrame) -> dict[str, str]:
    """Column -> name of the costs that some network of the table has."""
    return {cost: name for cost, name in (COSTS | MEASURED).items() if cost in table and table[cost].any()}


def title(cost: str) -> str:
    """A cost's name on a screen."""
    return (COSTS | MEASURED)[cost]


def amount_of(value: float, cost: str) -> str:
    """ "12.3 M MACs", "860 k parameters", "1.2 ms"."""
    return f"{si(value)} {'ms' if cost in MEASURED else COSTS[cost]}"


def countable(amount: int) -> int | float:
    """The amount as a table can hold it: exact up to 64 bits."""
    return amount if abs(amount) < 2**63 else float(amount)
