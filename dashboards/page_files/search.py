"""A search as it went: the frontier as it grew, what mattered, and which network to take."""

from pathlib import Path

import pandas as pd
import streamlit as st

from dashboards.choice import Choice, choice, draw_pick, marked
from dashboards.costs import COSTS
from dashboards.frontier_figure import frontier_figure
from dashboards.frontier_view import SCALES, frontier_view
from dashboards.ink import ink
from dashboards.nothing import wait_for_one
from dashboards.page import Page
from dashboards.plans import names_of
from dashboards.problems import draw_problems
from dashboards.running import draw_chosen, draw_command, draw_progress, draw_question
from dashboards.search_figures import importance_figure, parallel_figure, trace_figure
from dashboards.study import Study, folders_of, study_of
from moat_lab.analysis.importance import FEWEST
from moat_lab.analysis.search_tables import factor_importances, hypervolume_by_trial, running_search_summary
from moat_lab.analysis.tables import factor_columns
from moat_lab.records import Search
from moat_lab.report.search.pick import main_cost
from moat_lab.report.search.setup import search_setup

_CHART = {"displayModeBar": False}
_VOLUME = """\
What the frontier covers of the box between the reference and a network that is always right at no cost. It
only rises; where it no longer does, more trials find little."""
_IMPORTANCE = """\
How much of what sets the best tenth of the networks apart from all each factor has (PED-ANOVA). Chance alone
gives each a little."""
_LINES = """\
Each line is a network: its levels, its costs, its top-1; the bluer, the higher the top-1. Drag along an axis
to keep a part."""


def draw(roots: tuple[Path, ...]) -> None:
    """One search of all there are, chosen by name."""
    st.title("Search")
    studies = folders_of(roots, searches=True)
    if not studies:
        wait_for_one(
            roots,
            lambda: folders_of(roots, searches=True),
            command="python -m moat_lab.study search_tiny_widths",
        )
        return
    draw_chosen(studies, _draw_study)


PAGE = Page(title="Search", draw=draw, place=3)


def _draw_study(folder: Path, is_live: bool) -> None:
    """Reads the folder anew each time; the last evaluation ends the refreshing."""
    study = study_of(folder)
    if is_live and not study.is_live:
        st.rerun()
    draw_question(study)
    draw_progress(study)
    if study.plan.search and study.progress.finished:
        _draw_search(study, study.plan.search)
    else:
        draw_command(study, "Nothing has finished yet.")
    draw_problems(study)


def _draw_search(study: Study, search: Search) -> None:
    table = running_search_summary(study.plan, study.outcomes, study.table)
    made = choice(table, search.limits, cost=main_cost(search), names=names_of(study.plan))
    draw_pick(made)
    _draw_refused(study)
    _draw_growth(study, search, table, made)
    _draw_factors(study, search, table)
    st.subheader("How it was searched")
    for line in search_setup(study.plan, search, study.outcomes):
        st.text(line.removeprefix("- ").replace("`", "").replace("\\|", "|"))


def _draw_refused(study: Study) -> None:
    """How many proposals of the sampler were no use."""
    known = study.outcomes.proposed
    if known is None:
        st.caption("Duplicate and infeasible proposals were not recorded when this search ran.")
        return
    with st.container(horizontal=True, gap="large", key="refused"):
        st.metric("duplicate proposals", f"{known.duplicates:,}", width="content")
        st.metric("infeasible proposals", f"{known.infeasible:,}", width="content")


def _draw_growth(study: Study, search: Search, table: pd.DataFrame, made: Choice) -> None:
    """Hypervolume and frontier, up to a trial; the pick has its ring from the trial on that found it."""
    st.subheader("As it grew")
    last = len(table)
    trial = st.slider("Up to trial", 1, last, last, key="trial") if last > 1 else last
    volumes = hypervolume_by_trial(table, search)
    st.plotly_chart(trace_figure(volumes, trial, ink()), width="stretch", key="trace", config=_CHART)
    st.caption(_VOLUME)
    known = study.table.iloc[:trial]
    if known["top1"].notna().any():
        cost = main_cost(search) if main_cost(search) in COSTS else "macs"
        view = frontier_view(study.plan, known, cost=cost, scale=SCALES[0])
        figure = frontier_figure(marked(view, made, cost=cost), ink())
        st.plotly_chart(figure, width="stretch", key="frontier", config=_CHART)


def _draw_factors(study: Study, search: Search, table: pd.DataFrame) -> None:
    """What sets the good ones apart, and all at once."""
    rows = table[table["top1"].notna()].dropna(subset=list(factor_columns(study.plan).values()))
    if rows.empty:
        return
    st.subheader("Which factors matter")
    if len(rows) < FEWEST:
        st.text(f"That takes {FEWEST} finished networks; here are {len(rows)}.")
    else:
        shares = factor_importances(study.plan, rows)
        st.plotly_chart(importance_figure(shares, ink()), width="stretch", key="importance", config=_CHART)
        st.caption(_IMPORTANCE)
    levels = rows[list(factor_columns(study.plan).values())]
    costs = rows[[name for name in (*search.costs, "params") if name in rows]]
    chart = parallel_figure(levels, costs.loc[:, ~costs.columns.duplicated()], rows["top1"], ink())
    st.plotly_chart(chart, width="stretch", key="parallel", config=_CHART)
    st.caption(_LINES)
