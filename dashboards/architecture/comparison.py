"""Two networks side by side: what each costs, and by how much they differ."""

import pandas as pd

from dashboards.architecture.differences import part_differences
from dashboards.costs import COSTS, countable
from moat_lab.costs import Cost
from moat_lab.grammar import Network
from moat_lab.metrics import METRICS


def cost_table(this: Cost, other: Cost) -> pd.DataFrame:
    """One row for each cost: this, other, this minus other, and that in percent of the other."""
    return pd.DataFrame(
        {"cost": METRICS[cost].label} | _row(this.value(cost), other.value(cost)) for cost in COSTS
    )


def spec_table(this: Network, other: Network) -> pd.DataFrame:
    """Part by part: both texts, and what differs in words; empty words where nothing does."""
    return pd.DataFrame(
        {"part": row.part, "this": row.this, "other": row.other, "difference": "; ".join(row.words)}
        for row in part_differences(this, other)
    )


def _row(this: float, other: float) -> dict[str, float]:
    percent = 100 * (this - other) / other if other else float("nan")
    amounts = {"this": this, "other": other, "difference": this - other}
    return {name: countable(amount) for name, amount in amounts.items()} | {"percent": percent}
