"""A study on the frontier page: chart, budgets and their pick, links, downloads, table."""

from collections.abc import Sequence
from functools import partial

import pandas as pd
import streamlit as st

from dashboards.address import to_address
from dashboards.budgets import SLIDERS, draw_budgets
from dashboards.choice import Choice, choice, draw_pick, marked
from dashboards.costs import COSTS, costs_of
from dashboards.frontier_chart import CHOSEN, choose_axes, draw_chart, draw_selected, selected
from dashboards.frontier_files import draw_files
from dashboards.frontier_links import Opened, draw_links, links
from dashboards.frontier_table import best, column_config, csv, shown
from dashboards.frontier_view import frontier_view
from dashboards.plans import names_of
from dashboards.provenance_view import setting_of
from dashboards.study import Study
from dashboards.text import for_code_span
from moat_lab.analysis.search_tables import plan_measurements, with_measurements
from moat_lab.metrics import LATENCY
from moat_lab.report.ablation.sentences import verdict_sentences
from moat_lab.report.scatter import MOST_LABELS
from moat_lab.report.search.pick import main_cost, tightest_limits
from moat_lab.report.units import NOTHING

_BARS = "Bars are 95 % intervals over seeds."
_BASELINE = "The diamond is the baseline."
_TRIALS = "The number at a point is its trial; bars, from three seeds on, are 95 % intervals."
_LEGEND = """\
The stepped line is the frontier; what lies below it is faint: another network costs no more and reaches no
less. The pink ring is the pick. Click a point, or draw a box or a lasso around some, to see only their rows;
a double click shows all."""
_UNMEASURED = """\
Latency was not measured in this study: a search measures it where `latency_ms` is an objective or a limit."""


def draw_frontier(study: Study) -> None:
    """All that follows from the study as it was read; what is chosen here does not read it again."""
    table = with_measurements(study.table, study.plan, study.outcomes)
    finished = table[table["top1"].notna()]
    costs = costs_of(finished) or COSTS
    keys = selected(set(table["key"]))
    with st.container(horizontal=True, key="controls"):
        cost, scale = choose_axes(costs, None if LATENCY in costs else _UNMEASURED)
        limits = draw_budgets(finished)
    made = _chosen(study, table, limits, cost)
    to_address("study", "cost", "scale", *SLIDERS.values(), CHOSEN)
    view = marked(frontier_view(study.plan, table, cost=cost, scale=scale), made, cost=cost)
    draw_chart(view, _legend(study, costs))
    draw_pick(made)
    draw_links(links([_opened(study, key) for key in keys], _beside(study, made)))
    if not study.plan.search:
        _draw_finding(study)
    draw_table(study, table, keys)
    draw_files(study.folder.name, cost, partial(csv, table), view.scatter)


def draw_table(study: Study, table: pd.DataFrame, keys: Sequence[str]) -> None:
    """The best variants, or those of the keys; in all, what a browser can hold."""
    chosen = table[table["key"].isin(keys)]
    draw_selected(len(chosen), len(table), "networks")
    wanted = chosen if len(chosen) else table
    rows = best(wanted)
    if len(rows) < len(wanted):
        st.caption(f"The best {len(rows):,} of them; the CSV has all.")
    st.dataframe(
        shown(study.plan, rows),
        hide_index=True,
        column_config=column_config(rows),
        placeholder=NOTHING,
        key="table",
    )


def _chosen(study: Study, table: pd.DataFrame, limits: dict[str, float], cost: str) -> Choice:
    """A search has limits of its own, and spares its own cost; another study the one on the axis."""
    search = study.plan.search
    return choice(
        table,
        tightest_limits(search, limits) if search else limits,
        cost=main_cost(search) if search else cost,
        names=names_of(study.plan),
    )


def _legend(study: Study, costs: dict[str, str]) -> str:
    marks = [_TRIALS if study.plan.search else _BARS, *([_BASELINE] if study.plan.baseline else [])]
    return " ".join([*marks, _LEGEND, *([_conditions(study)] if LATENCY in costs else [])])


def _conditions(study: Study) -> str:
    """What a latency holds for."""
    said = (m.conditions for m in plan_measurements(study.plan, study.outcomes) if LATENCY in m.values)
    lines = dict.fromkeys(", ".join(f"{name} {value}" for name, value in of.items()) for of in said)
    return f"Latency is a median: `{for_code_span('; '.join(lines))}`."


def _beside(study: Study, made: Choice) -> dict[str, Opened]:
    """What a network may be compared with."""
    keys = {"baseline": study.plan.baseline, "pick": made.chosen}
    return {role: _opened(study, key) for role, key in keys.items() if key}


def _opened(study: Study, key: str) -> Opened:
    """The network of a key of the plan, for the images that it is trained with."""
    variant = next(variant for variant in study.plan.variants if variant.key == key)
    return Opened(text=variant.network, setting=setting_of(study.plan.recipe))


def _draw_finding(study: Study) -> None:
    """In words; of many networks only when asked for."""
    names = {key: for_code_span(name) for key, name in names_of(study.plan).items()}
    with st.expander("The finding, in words", expanded=len(names) <= MOST_LABELS):
        st.markdown(verdict_sentences(study.table, names, study.plan.margin))
