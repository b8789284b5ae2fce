"""Published models on the frontier page: filters, chart, budgets and their pick, links, downloads, table."""

from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from dashboards.frontier.budget_pick import BudgetPick, draw_pick, mark_pick, pick_under_budgets
from dashboards.frontier.budgets import SLIDERS, draw_budgets
from dashboards.frontier.chart import CHOSEN, choose_axes, draw_chart, draw_selected, selected
from dashboards.frontier.files import draw_files
from dashboards.frontier.links import LinkedNetwork, architecture_links, draw_links
from dashboards.frontier.published_view import (
    COSTS,
    DATA,
    kept,
    published_frontier,
    published_table,
    told,
    zoo_of,
)
from dashboards.query_params import list_from_url, write_to_url

_FILTERS = {"data": "train_data", "resolutions": "resolution", "families": "family"}
"""Key of a filter, and its name in the address -> the column."""
_LEGEND = """\
As their sources report them. Blue is MOAT and tiny-MOAT, grey are other families; what is hollow was trained
on ImageNet-22K first. The stepped line is the frontier of what is shown; what lies below it is faint. Click a
point, or draw a box or a lasso around some, to see only their rows; a double click shows all."""
_WHY = "Sources report no activations, and latencies on devices of their own."
_FILE = "published_imagenet1k"


def draw_published(models: pd.DataFrame) -> None:
    """Top-1 on ImageNet-1K against a cost, as filtered."""
    table = _filtered(published_table(models))
    keys = selected(set(table["key"]))
    with st.container(horizontal=True, key="controls"):
        cost, scale = choose_axes(COSTS, _WHY)
        limits = draw_budgets(table)
    write_to_url("study", *_FILTERS, "cost", "scale", *SLIDERS.values(), CHOSEN)
    if table.empty:
        st.info("No published model passes these filters.")
        return
    made = _chosen(table, limits, cost)
    view = mark_pick(published_frontier(table, cost=cost, scale=scale), made, cost=cost)
    draw_chart(view, _LEGEND)
    if limits:
        draw_pick(made)
    _draw_links(table, keys, made.chosen)
    _draw_table(table, keys)
    draw_files(_FILE, cost, partial(_as_published, table, models), view.scatter)


def _filtered(table: pd.DataFrame) -> pd.DataFrame:
    """What the filters leave; one that holds nothing leaves all."""
    with st.container(horizontal=True, key="filters"):
        for name, column in _FILTERS.items():
            values = list(map(str, sorted(table[column].unique())))
            list_from_url(name, values)
            st.multiselect(
                name.capitalize(),
                values,
                key=name,
                format_func=lambda value: DATA.get(value, value),
                placeholder=f"all {name}",
                width=320,
            )
    return kept(table, {column: st.session_state[name] for name, column in _FILTERS.items()})


def _chosen(table: pd.DataFrame, limits: dict[str, float], cost: str) -> BudgetPick:
    """The best under the budget. Without a budget there is no pick: it would be the largest."""
    if not limits:
        return BudgetPick(limits={}, chosen="", words="", over=frozenset())
    names = dict(zip(table["key"], table["network"], strict=True))
    return pick_under_budgets(table, limits, cost=cost, names=names, describe=told)


def _draw_links(table: pd.DataFrame, keys: Sequence[str], pick: str) -> None:
    """To the networks that the language can say."""
    opened = {row["key"]: _linked_network(row) for row in table.to_dict("records")}
    unsaid = [key for key in keys if opened[key] is None]
    if unsaid and len(keys) < 3:
        st.caption("Not all that is selected has a text in the language, so it cannot be opened.")
        return
    known = {key: one for key, one in opened.items() if one}
    beside = {"pick": known[pick]} if pick in known else {}
    draw_links(architecture_links([known[key] for key in keys if key in known], beside if not unsaid else {}))


def _linked_network(row: dict[object, object]) -> LinkedNetwork | None:
    name = zoo_of(str(row["model"]))
    return LinkedNetwork(text=name, setting={"resolution": str(row["resolution"])}) if name else None


def _draw_table(table: pd.DataFrame, keys: Sequence[str]) -> None:
    """The models that are shown, or those of the keys; best first."""
    rows = table.sort_values("top1", ascending=False, kind="stable")
    chosen = rows[rows["key"].isin(keys)]
    draw_selected(len(chosen), len(rows), "models")
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    st.dataframe(
        (chosen if len(chosen) else rows).assign(train_data=rows["train_data"].map(lambda d: DATA.get(d, d))),
        hide_index=True,
        column_order=[
            *("model", "family", "top1_percent", "gmacs", "params_m"),
            *("resolution", "train_data", "source", "note"),
        ],
        column_config={
            "model": text("model", pinned=True),
            "top1_percent": number("top-1, %", format="%.1f"),
            "gmacs": number("GMACs", format="%.3g"),
            "params_m": number("params, M", format="%.3g"),
            "resolution": number("px", format="%d"),
            "train_data": text("trained on"),
        },
        key="table",
    )


def _as_published(table: pd.DataFrame, models: pd.DataFrame) -> str:
    """The rows that are shown, with the file's own columns."""
    return str(table[list(models.columns)].to_csv(index=False, lineterminator="\n"))
