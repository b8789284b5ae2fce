"""The table below the chart, in the units of a screen; and the downloads of table and chart."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from dashboards.costs import ADDED_UP, costs_of, unit
from dashboards.frontier.selection import draw_selected
from dashboards.query_params import current_value, page_url
from dashboards.study import Study, names_of
from moat_lab.analysis.tables import with_score_names
from moat_lab.records import Plan
from moat_lab.report.scatter import ScatterInfo
from moat_lab.report.scatter.figure import draw_scatter
from moat_lab.report.style import figure_bytes
from moat_lab.report.units import NOTHING

MAX_ROWS = 1000
"""Rows that are sent to the browser."""
_ICON = ":material/download:"
_MIMES = {"svg": "image/svg+xml", "png": "image/png"}


def draw_table(study: Study, table: pd.DataFrame, keys: Sequence[str]) -> None:
    """The best variants, or those of the keys, up to `MAX_ROWS`."""
    chosen = table[table["key"].isin(keys)]
    draw_selected(len(chosen), len(table), "networks")
    selection = chosen if len(chosen) else table
    rows = best_rows(selection)
    if len(rows) < len(selection):
        st.caption(f"The best {len(rows):,} of them; the CSV has all.")
    st.dataframe(
        display_table(study.plan, rows, current_value("study")),
        hide_index=True,
        column_config=column_config(study.plan, rows),
        placeholder=NOTHING,
        key="table",
    )


def best_rows(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of `analysis.summary` with the highest score, as many as are sent."""
    return table.sort_values("score", ascending=False, kind="stable", na_position="last").head(MAX_ROWS)


def csv(plan: Plan, table: pd.DataFrame) -> str:
    """`analysis.summary` as it is: fractions, all digits, one row for each variant."""
    return str(with_score_names(table, plan).to_csv(index=False, lineterminator="\n"))


def display_table(plan: Plan, table: pd.DataFrame, study: str) -> pd.DataFrame:
    """`analysis.summary` in percent and points, best first, what has no score last; the index is the key.

    Without a baseline there are no effects. A search has the trial, which names its point on the chart.
    Each row has the address of its trainings in `study`, the name in addresses.
    """
    names = names_of(plan)
    rows = table.sort_values("score", ascending=False, kind="stable", na_position="last").set_index("key")
    columns: dict[str, Any] = {
        "variant": [names[key] for key in rows.index],
        "trainings": [page_url("provenance", study=study, network=names[key]) for key in rows.index],
        **({"trial": _trials(plan, rows.index)} if plan.search else {}),
        "score": 100 * rows["score"],
        "score_range": _ranges(rows, "score", "{:.1f}"),
        **(_compared(rows) if plan.baseline else {}),
        "seeds": [f"{n} of {len(plan.seeds)}" for n in rows["seeds"]],
        "failed": rows["failed"],
    }
    costs = {cost: rows[cost] / unit(cost, rows[cost]).factor for cost in ADDED_UP | costs_of(rows)}
    rest = {"images_per_s": rows["images_per_s"], "network": rows["network"]}
    return pd.DataFrame(columns | costs | rest, index=rows.index)


def column_config(plan: Plan, table: pd.DataFrame) -> Mapping[str, Any]:
    """Headers, units and digits for `display_table` of the same rows, from which the units follow."""
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    return {
        "variant": text("variant", pinned=True, width="medium"),
        "trainings": st.column_config.LinkColumn(
            "trainings", display_text="open", help="Its seeds, curves and recipe, on the page Provenance."
        ),
        "trial": number("trial", format="%d", help="In the order of the search; its name on the chart."),
        "score": number(plan.task.metric.header, format="%.1f", help="Mean over seeds, on val."),
        "score_range": text("95 %", help="Student's t interval over seeds."),
        "effect": number(
            "effect, points",
            format="%+.2f",
            help="Variant minus baseline, mean over the seeds that both have.",
        ),
        "effect_range": text("95 % of effect", help="Student's t interval over seeds, paired."),
        "verdict": text("verdict", help="From the interval of the effect."),
        "seeds": text("finished", help="Seeds that finished, of those planned."),
        "failed": number("failed", help="Evaluations that failed; no mean includes them."),
        **{
            cost: number(unit(cost, table[cost]).header, format="%.3g") for cost in ADDED_UP | costs_of(table)
        },
        "images_per_s": number("images/s", format="%.0f", help="While training; median over seeds."),
        "network": text("network", width="large"),
    }


def _compared(rows: pd.DataFrame) -> dict[str, Any]:
    return {
        "effect": 100 * rows["effect"],
        "effect_range": _ranges(rows, "effect", "{:+.2f}"),
        "verdict": rows["verdict"],
    }


def _trials(plan: Plan, keys: "pd.Index[str]") -> list[int]:
    numbers = {variant.key: i for i, variant in enumerate(plan.variants, 1)}
    return [numbers[key] for key in keys]


def _ranges(rows: pd.DataFrame, name: str, form: str) -> list[str]:
    bounds = zip(100 * rows[f"{name}_low"], 100 * rows[f"{name}_high"], strict=True)
    return [NOTHING if pd.isna(low) else f"{form.format(low)} to {form.format(high)}" for low, high in bounds]


def safe_file_name(study: str, suffix: str = "csv") -> str:
    """A file name that every system accepts."""
    return f"{re.sub(r'[^A-Za-z0-9._-]+', '_', study)}.{suffix}"


def figure_file(info: ScatterInfo, form: str) -> bytes:
    """The chart for a page of paper, as `svg` or `png`; the same chart gives the same bytes."""
    return figure_bytes(draw_scatter, info, (form,))[f".{form}"]


def draw_files(name: str, cost: str, csv: Callable[[], str], info: ScatterInfo) -> None:
    """Three buttons, side by side; a figure is drawn when its button is pressed."""
    with st.container(horizontal=True, key="files"):
        st.download_button(
            "Download CSV", csv, safe_file_name(name), "text/csv", icon=_ICON, on_click="ignore"
        )
        for form, mime in _MIMES.items():
            st.download_button(
                f"Download {form.upper()}",
                partial(figure_file, info, form),
                safe_file_name(f"{name}_{cost}", form),
                mime,
                icon=_ICON,
                on_click="ignore",
            )
