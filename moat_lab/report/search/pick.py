"""The network to take under limits, in words."""

import math
from collections.abc import Mapping

import pandas as pd

from moat_lab.analysis import Pick, pick_network
from moat_lab.metrics import LATENCY, Metric
from moat_lab.records import Plan, Search
from moat_lab.report.units import cost_name, count, percent, si


def pick_text(table: pd.DataFrame, plan: Plan, limits: Mapping[str, float]) -> str:
    """The network to take under the search's limits and `limits`: text, cost, interval, and why.

    Raises:
        UserError: as `analysis.pick_network`.
    """
    return pick_lines(table, pick_of(table, plan, limits), plan.task.metric)


def pick_of(table: pd.DataFrame, plan: Plan, limits: Mapping[str, float]) -> Pick:
    """The pick of a search by its own limits and main cost too, that of an ablation by MACs.

    Raises:
        UserError: as `analysis.pick_network`.
    """
    if plan.search is None:
        return pick_network(table, limits)
    return pick_network(table, tightest_limits(plan.search, limits), cost=main_cost(plan.search))


def pick_lines(table: pd.DataFrame, chosen: Pick, metric: Metric) -> str:
    """The picked network's text, its cost and interval, and why: three lines."""
    row = table[table["key"] == chosen.chosen].iloc[0]
    score = percent(row["score"], row["score_low"], row["score_high"])
    costs = ", ".join(f"{si(row[name])} {cost_name(name)}" for name in listed_costs(table))
    shrunken = row.get("score_shrunken", math.nan)
    shrunken_text = "" if math.isnan(shrunken) else f", shrunken {percent(shrunken)} %"
    reached = f"{metric.title} {score} % ({count(row['seeds'], 'seed')}{shrunken_text})"
    return f"{row['network']}\n{reached}, {costs}\n{chosen.reason()}"


def tightest_limits(search: Search, limits: Mapping[str, float]) -> dict[str, float]:
    """The search's limits and `limits`; of two for one cost the tighter."""
    own = dict(search.limits)
    return own | {name: min(most, own.get(name, most)) for name, most in limits.items()}


def main_cost(search: Search) -> str:
    """The cost that the frontier is drawn over and that the pick spares: the first objective that is one."""
    return (*search.costs, "macs")[0]


def listed_costs(table: pd.DataFrame) -> list[str]:
    """The costs in a description of a network."""
    return [name for name in ("macs", "params", LATENCY) if name in table]
