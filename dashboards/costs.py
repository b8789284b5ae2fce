"""The costs that an axis or a column may show."""

import pandas as pd

from moat_lab.metrics import CLOSED_FORM, COUNTS, METRICS
from moat_lab.metrics import COSTS as ALL_COSTS
from moat_lab.report.units import Unit, amount_of, unit

__all__ = ["ADDED_UP", "COSTS", "MEASURED", "Unit", "amount_of", "costs_of", "countable", "title", "unit"]
COSTS = {"macs": METRICS["macs"].title} | {name: METRICS[name].title for name in CLOSED_FORM}
"""Column of `analysis.summary` -> its name on a screen; the one that comes first is shown first."""
ADDED_UP = {name: title for name, title in COSTS.items() if name in COUNTS}
"""Those of which each layer has a part."""
MEASURED = {name: METRICS[name].title for name in ALL_COSTS if name not in COSTS}
"""Costs that only some studies have measured."""


def costs_of(table: pd.DataFrame) -> dict[str, str]:
    """Column -> name of the costs that some network of the table has."""
    return {cost: name for cost, name in (COSTS | MEASURED).items() if cost in table and table[cost].any()}


def title(cost: str) -> str:
    """A cost's name on a screen."""
    return (COSTS | MEASURED)[cost]


def countable(amount: float) -> int | float:
    """The amount as a table can hold it: exact up to 64 bits."""
    return amount if abs(amount) < 2**63 else float(amount)
