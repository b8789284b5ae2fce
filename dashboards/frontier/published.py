"""Published models on the frontier page."""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboards.architecture.published import hover_lines
from dashboards.charts import chart_area
from dashboards.costs import amount_of, unit
from dashboards.frontier.benchmarks import Benchmark
from dashboards.frontier.budget_pick import BudgetPick, draw_pick, mark_pick, pick_under_budgets
from dashboards.frontier.colouring import ColourColumn, colouring
from dashboards.frontier.controls import COLOUR, SLIDERS, choose_axes, choose_colour, draw_budgets
from dashboards.frontier.figure import HEIGHT
from dashboards.frontier.links import LinkedNetwork, architecture_links, draw_links
from dashboards.frontier.selection import CHOSEN, draw_frontier_chart, draw_selected, selected
from dashboards.frontier.table import draw_files
from dashboards.frontier.view import FrontierView, coloured, logarithmic
from dashboards.query_params import list_from_url, write_to_url
from moat_lab.analysis import Pick, pareto_front
from moat_lab.grammar import ZOO
from moat_lab.report.scatter import ScatterInfo, ScatterPoint

DATA = {"in1k": "ImageNet-1K alone", "in22k+in1k": "ImageNet-22K first"}
_USUAL = 224
"""The resolution that a label leaves out."""
_REPORTED = {"macs": "gmacs", "params": "params_m"}
"""Cost -> its column in the files."""
_SIZES = {"_t": "_tiny", "_ti": "_tiny", "_s": "_small", "_b": "_base"}
_FILTERS = {"data": "train_data", "resolutions": "resolution", "families": "family"}
"""Key of a filter and of its query parameter -> the column."""
_OTHERS = {"train_data": "trained on", "resolution": "resolution", "source": "source"}
"""Other columns that may colour the models."""
_USUAL_COLOURS = "Blue is MOAT and tiny-MOAT, grey are other families; dominated models are faint."
_LEGEND = """\
As their sources report them. Hollow models were trained on ImageNet-22K first. The stepped line is the
frontier of these models. Click a point, or draw a box or a lasso around some, to see only their rows; a
double click shows all."""
_PICK = "The pink ring is the pick."


def draw_published(name: str, benchmark: Benchmark) -> None:
    """The scores of a benchmark's models against a cost, as filtered; `name` is part of the files' names."""
    area = chart_area(HEIGHT, "chart")
    table = _filtered(published_table(benchmark.models, benchmark.column))
    keys = selected(set(table["key"]))
    with st.container(horizontal=True, key="controls"):
        cost, scale = choose_axes(benchmark.costs, benchmark.why)
        limits = draw_budgets(table)
        columns = _columns(benchmark)
        colour = choose_colour(columns)
    write_to_url("study", *_FILTERS, "cost", "scale", *SLIDERS.values(), COLOUR, CHOSEN)
    if table.empty:
        st.info("No published model passes these filters.")
        return
    pick = _chosen(table, benchmark, limits, cost)
    frontier = published_frontier(table, benchmark, cost=cost, scale=scale)
    view = mark_pick(frontier, pick, cost=cost)
    if colour:
        view = coloured(view, colouring(table.replace({"train_data": DATA}), colour, columns[colour]))
    with area:
        draw_frontier_chart(view)
    st.caption(" ".join([_LEGEND, *([] if colour else [_USUAL_COLOURS]), *([_PICK] if limits else [])]))
    if limits:
        draw_pick(pick)
    _draw_links(table, keys, pick.key)
    _draw_table(table, benchmark, keys)
    as_published = partial(_as_published, table, list(benchmark.columns))
    draw_files(f"published_{name}", cost, as_published, view.scatter)


def _columns(benchmark: Benchmark) -> dict[str, ColourColumn]:
    """What the models may be coloured by."""
    return {
        "family": ColourColumn(title="family"),
        "score": ColourColumn(title=benchmark.metric.axis, scale=100),
        **{cost: ColourColumn(title=title, cost=cost) for cost, title in benchmark.costs.items()},
        **{name: ColourColumn(title=title) for name, title in _OTHERS.items() if name in benchmark.models},
    }


def _filtered(table: pd.DataFrame) -> pd.DataFrame:
    """The rows that pass the filters; an empty filter passes all, and a column of one value has none."""
    shown = {name: column for name, column in _FILTERS.items() if table[column].nunique() > 1}
    st.session_state.update({name: [] for name in _FILTERS.keys() - shown.keys()})
    with st.container(horizontal=True, key="filters"):
        for name, column in shown.items():
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
    return filtered(table, {column: st.session_state[name] for name, column in shown.items()})


def _chosen(table: pd.DataFrame, benchmark: Benchmark, limits: dict[str, float], cost: str) -> BudgetPick:
    """The best under the budget. Without a budget there is no pick: it would be the largest."""
    if not limits:
        return BudgetPick(limits={}, key="", text="", over_budget=frozenset())
    names = dict(zip(table["key"], table["network"], strict=True))
    return pick_under_budgets(
        table, limits, cost=cost, names=names, describe=partial(describe_pick, benchmark)
    )


def _draw_links(table: pd.DataFrame, keys: Sequence[str], pick: str) -> None:
    """To the networks that can be written in the language."""
    networks = {row["key"]: _linked_network(row) for row in table.to_dict("records")}
    is_complete = all(networks[key] for key in keys)
    if not is_complete and len(keys) < 3:
        st.caption("Some of the selected models cannot be written in the language, so there is no link.")
        return
    linked = {key: network for key, network in networks.items() if network}
    references = {"pick": linked[pick]} if pick in linked and is_complete else {}
    draw_links(architecture_links([linked[key] for key in keys if key in linked], references))


def _linked_network(row: dict[object, object]) -> LinkedNetwork | None:
    name = zoo_of(str(row["model"]))
    setting = {"resolution": str(row["resolution"])} if row["resolution"] else {}
    return LinkedNetwork(text=name, setting=setting) if name else None


def _draw_table(table: pd.DataFrame, benchmark: Benchmark, keys: Sequence[str]) -> None:
    """The filtered models, or those of the keys; best first."""
    rows = table.sort_values("score", ascending=False, kind="stable")
    chosen = rows[rows["key"].isin(keys)]
    draw_selected(len(chosen), len(rows), "models")
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    st.dataframe(
        (chosen if len(chosen) else rows).assign(
            train_data=rows["train_data"].map(lambda d: DATA.get(d, d)), link=rows["source"].map(source_url)
        ),
        hide_index=True,
        column_order=[
            *("model", "family", benchmark.column, *(_REPORTED[cost] for cost in benchmark.costs)),
            "setting" if "setting" in rows else "resolution",
            *("train_data", "source", "link", "note"),
        ],
        column_config={
            "model": text("model", pinned=True),
            benchmark.column: number(benchmark.metric.header, format="%.1f"),
            "gmacs": number("GMACs", format="%.3g"),
            "params_m": number("params, M", format="%.3g"),
            "resolution": number("px", format="%d"),
            "train_data": text("trained on"),
            "link": st.column_config.LinkColumn("paper or file", display_text="open"),
        },
        key="table",
    )


def _as_published(table: pd.DataFrame, columns: list[str]) -> str:
    """The filtered rows as CSV, with the file's own columns."""
    return str(table[columns].to_csv(index=False, lineterminator="\n"))


def published_table(models: pd.DataFrame, column: str = "top1_percent") -> pd.DataFrame:
    """The file's columns and those of `pick_network`: key, network (its name), costs, score as a fraction.

    Args:
        column: the score, percent.
    """
    return models.assign(
        key=[_key(row) for row in models.to_dict("records")],
        network=[_name(row) for row in models.to_dict("records")],
        params=1e6 * models["params_m"].astype("float64"),
        macs=1e9 * models["gmacs"].astype("float64"),
        score=models[column].astype("float64") / 100,
        score_sd=math.nan,
        seeds=1,
    ).drop_duplicates("key")


def filtered(table: pd.DataFrame, values: Mapping[str, Collection[str]]) -> pd.DataFrame:
    """The rows whose columns are, as text, among the values of each; an empty list passes all."""
    mask = pd.Series(True, table.index)
    for column, allowed in values.items():
        if allowed:
            mask &= table[column].astype(str).isin(list(allowed))
    return table[mask]


def published_frontier(table: pd.DataFrame, benchmark: Benchmark, *, cost: str, scale: str) -> FrontierView:
    """Blue is MOAT, grey are its peers; hollow had more than ImageNet-1K. Only the frontier is named."""
    reported = table[table[cost].notna() & table["score"].notna()]
    reported = reported.assign(on_frontier=pareto_front(reported[cost], reported["score"]))
    rows = reported.sort_values([cost, "score"], kind="stable").to_dict("records")
    by = unit(cost, reported[cost])
    return FrontierView(
        scatter=ScatterInfo(
            cost_label=by.axis,
            score_label=f"{benchmark.title} {benchmark.metric.axis}",
            logarithmic=logarithmic(scale, cost, [row[cost] for row in rows]),
            points=tuple(_point(row, row[cost] / by.factor) for row in rows),
        ),
        keys=tuple(row["key"] for row in rows),
        hovers=tuple(hover_lines(row, benchmark.column) for row in rows),
        factor=by.factor,
    )


def describe_pick(benchmark: Benchmark, table: pd.DataFrame, chosen: Pick) -> str:
    """The model, what its source reports, and why it is the pick."""
    row = table[table["key"] == chosen.chosen].iloc[0]
    costs = ", ".join(amount_of(row[cost], cost) for cost in benchmark.costs)
    models = "One model is" if chosen.competitors == 1 else f"Of {chosen.competitors} models"
    why = "under the budget: this one." if chosen.competitors == 1 else "under the budget the best."
    return (
        f"{row['network']}\n{benchmark.metric.title} {100 * row['score']:.1f} %, {costs} ({row['source']})\n"
        f"{models} {why} Sources report no intervals, so near ones may be as good."
    )


def source_url(source: str) -> str | None:
    """Where a source is to be read: a paper at arXiv, or a file at GitHub; None where it names neither."""
    if paper := re.search(r"arXiv (\d{4}\.\d{4,5})", source):
        return f"https://arxiv.org/abs/{paper[1]}"
    if file := re.fullmatch(r"([\w.-]+/[\w.-]+) (\S+)", source):
        return f"https://github.com/{file[1]}" + (f"/blob/HEAD/{file[2]}" if "." in file[2] else "")
    return None


def zoo_of(model: str) -> str | None:
    """The name in the ZOO of a model, from its name in the source; None if it is not there."""
    name = model.lower().replace("-", "_")
    for short, size in _SIZES.items():
        name = name.removesuffix(short) + size if name.endswith(short) else name
    return name if name in ZOO else None


def _name(row: Mapping[Any, Any]) -> str:
    """Without the source's remark in brackets, with the resolution where one is reported."""
    short = re.sub(r" \[.*\]", "", str(row["model"]))
    return f"{short} {row['resolution']}px" if row["resolution"] else short


def _key(row: Mapping[Any, Any]) -> str:
    """With characters that need no escape in a URL."""
    name = f"{row['model']} {row['resolution']} {row['train_data']}"
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _point(row: Mapping[Any, Any], cost: float) -> ScatterPoint:
    return ScatterPoint(
        label=str(row["network"]).removesuffix(f" {_USUAL}px").removesuffix("px"),
        cost=cost,
        score=100 * row["score"],
        low=math.nan,
        high=math.nan,
        on_frontier=bool(row["on_frontier"]),
        is_baseline=False,
        is_labelled=bool(row["on_frontier"]),
        is_peer="MOAT" not in str(row["family"]),
        is_hollow=row["train_data"] != "in1k",
    )
