"""What budgets leave of a table, and which network of that to take."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import pandas as pd
import streamlit as st

from dashboards.costs import amount_of, title
from dashboards.frontier_view import FrontierView
from moat_lab.analysis import Pick, pick_network
from moat_lab.report.search.pick import pick_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The pick under budgets, or why there is none.

    Args:
        limits: cost -> the most it may be.
        chosen: the pick's key; empty where no network is under the budgets.
        words: its text, its costs and the reason; or what the least is.
        over: keys of the finished networks beyond a budget.
    """

    limits: Mapping[str, float]
    chosen: str
    words: str
    over: frozenset[str]


def choice(
    table: pd.DataFrame,
    limits: Mapping[str, float],
    *,
    cost: str,
    names: Mapping[str, str],
    tell: Callable[[pd.DataFrame, Pick], str] = pick_lines,
) -> Choice:
    """Of a table as `pick_network` takes it, of which something has finished; `cost` is what is spared."""
    finished = table[table["top1"].notna()]
    known = finished.reindex(columns=list(limits))
    under = (known <= pd.Series(limits, dtype="float64")).all(axis=1)
    over = frozenset(map(str, finished.loc[~under, "key"]))
    if not under.any():
        return Choice(limits=limits, chosen="", words=_nobody(finished, limits, names), over=over)
    found = pick_network(table, limits, cost=cost)
    return Choice(limits=limits, chosen=found.chosen, words=tell(table, found), over=over)


def marked(view: FrontierView, made: Choice, *, cost: str) -> FrontierView:
    """The view with the pick named, what is beyond a budget fainter and nameless, and the budget on its axis.

    The baseline keeps its name.
    """
    points = tuple(
        replace(
            point,
            is_over=key in made.over,
            is_pick=key == made.chosen,
            is_labelled=key == made.chosen
            or (point.is_labelled and (point.is_baseline or key not in made.over)),
            label=f"pick: {point.label}" if key == made.chosen else point.label,
        )
        for key, point in zip(view.keys, view.scatter.points, strict=True)
    )
    budget = made.limits[cost] / view.factor if cost in made.limits else None
    hovers = tuple((*hover, *_said(key, made)) for key, hover in zip(view.keys, view.hovers, strict=True))
    return replace(view, scatter=replace(view.scatter, points=points, budget=budget), hovers=hovers)


def draw_pick(made: Choice) -> None:
    """The network to take and why, or why there is none."""
    st.subheader("The pick" if made.chosen else "No pick")
    st.code(made.words, language=None, wrap_lines=True)


def _said(key: str, made: Choice) -> tuple[str, ...]:
    if key == made.chosen:
        return ("the pick",)
    return ("beyond the budget",) if key in made.over else ()


def _nobody(finished: pd.DataFrame, limits: Mapping[str, float], names: Mapping[str, str]) -> str:
    """What the networks have at least of each limited cost."""
    lines = ["No network is under the budget. The least that one has:"]
    for cost, most in limits.items():
        if cost not in finished or finished[cost].isna().all():
            lines.append(f"{title(cost)}: not measured")
            continue
        cheapest = finished.sort_values(cost, kind="stable").iloc[0]
        enough = "" if cheapest[cost] <= most else f", more than {amount_of(most, cost)}"
        lines.append(f"{amount_of(cheapest[cost], cost)}{enough}: {names[cheapest['key']]}")
    return "\n".join(lines)
