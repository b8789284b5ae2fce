"""The network to pick under budgets, and its mark on the chart."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import pandas as pd
import streamlit as st

from dashboards.costs import amount_of, title
from dashboards.frontier.view import FrontierView
from moat_lab.analysis import Pick, pick_network


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetPick:
    """The pick under budgets, or why there is none.

    Args:
        limits: cost -> the most it may be.
        key: of the pick; empty if no network is under the budgets.
        text: its network, its costs and the reason; or the least of each cost.
        over_budget: keys of the finished networks beyond a budget.
    """

    limits: Mapping[str, float]
    key: str
    text: str
    over_budget: frozenset[str]


def pick_under_budgets(
    table: pd.DataFrame,
    limits: Mapping[str, float],
    *,
    cost: str,
    names: Mapping[str, str],
    describe: Callable[[pd.DataFrame, Pick], str],
) -> BudgetPick:
    """The `pick_network` of a table with a finished network; among equals the one with the least `cost`."""
    finished = table[table["score"].notna()]
    costs = finished.reindex(columns=list(limits))
    under = (costs <= pd.Series(limits, dtype="float64")).all(axis=1)
    over = frozenset(map(str, finished.loc[~under, "key"]))
    if not under.any():
        text = _least_costs(finished, limits, names)
        return BudgetPick(limits=limits, key="", text=text, over_budget=over)
    best = pick_network(table, limits, cost=cost)
    return BudgetPick(limits=limits, key=best.chosen, text=describe(table, best), over_budget=over)


def mark_pick(view: FrontierView, chosen: BudgetPick, *, cost: str) -> FrontierView:
    """The view with the pick named, networks beyond a budget faint and without names, the budget on its axis.

    The baseline keeps its name.
    """
    points = tuple(
        replace(
            point,
            is_over=key in chosen.over_budget,
            is_pick=key == chosen.key,
            is_labelled=key == chosen.key
            or (point.is_labelled and (point.is_baseline or key not in chosen.over_budget)),
            label=f"pick: {point.label}" if key == chosen.key else point.label,
        )
        for key, point in zip(view.keys, view.scatter.points, strict=True)
    )
    budget = chosen.limits[cost] / view.factor if cost in chosen.limits else None
    hovers = tuple(
        (*hover, *_hover_note(key, chosen)) for key, hover in zip(view.keys, view.hovers, strict=True)
    )
    return replace(view, scatter=replace(view.scatter, points=points, budget=budget), hovers=hovers)


def draw_pick(chosen: BudgetPick) -> None:
    """The pick and the reason, or why there is none."""
    st.header("The pick" if chosen.key else "No pick")
    st.code(chosen.text, language=None, wrap_lines=True)


def _hover_note(key: str, chosen: BudgetPick) -> tuple[str, ...]:
    if key == chosen.key:
        return ("the pick",)
    return ("beyond the budget",) if key in chosen.over_budget else ()


def _least_costs(finished: pd.DataFrame, limits: Mapping[str, float], names: Mapping[str, str]) -> str:
    """The least of each limited cost among the networks."""
    lines = ["No network is under the budget. The least that one has:"]
    for cost, most in limits.items():
        if cost not in finished or finished[cost].isna().all():
            lines.append(f"{title(cost)}: not measured")
            continue
        cheapest = finished.sort_values(cost, kind="stable").iloc[0]
        enough = "" if cheapest[cost] <= most else f", more than {amount_of(most, cost)}"
        lines.append(f"{amount_of(cheapest[cost], cost)}{enough}: {names[cheapest['key']]}")
    return "\n".join(lines)
