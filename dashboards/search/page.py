"""A search: the pick, the growth of its frontier, the importance of its factors."""

from contextlib import suppress
from functools import partial
from pathlib import Path

import pandas as pd
import streamlit as st

from dashboards.charts import chart_area, draw_chart
from dashboards.colours import current_theme
from dashboards.costs import COSTS
from dashboards.frontier.budget_pick import BudgetPick, draw_pick, mark_pick, pick_under_budgets
from dashboards.frontier.figure import frontier_figure
from dashboards.frontier.view import SCALES, frontier_view
from dashboards.page import Page
from dashboards.search.figures import TRACE_HEIGHT, importance_figure, parallel_figure, trace_figure
from dashboards.study import Study, names_of
from dashboards.study_widgets import (
    Misfit,
    draw_command,
    draw_counts,
    draw_expectation,
    draw_missing,
    draw_problems,
    draw_question,
    draw_studies,
    first_fitting,
)
from moat_lab.analysis.importance import FEWEST
from moat_lab.analysis.search_tables import factor_importances, hypervolume_by_trial, running_search_summary
from moat_lab.analysis.tables import factor_columns
from moat_lab.errors import UserError
from moat_lab.records import Search
from moat_lab.records.inherited import read_inherited
from moat_lab.report.factors import factor_titles
from moat_lab.report.search.confirmation import confirmation_text
from moat_lab.report.search.pick import main_cost, pick_lines
from moat_lab.report.search.setup import search_setup

_VOLUME = """\
The share that the frontier dominates of the box between the reference point and 100 % at no cost. It never
falls; once it is flat, more trials find little."""
_IMPORTANCE = """\
How much each factor decides whether a network is among the best tenth (PED-ANOVA). Chance alone gives each
a little."""
_LINES = """\
Each line is a network: its levels, its costs, its score; the bluer, the higher the score. Drag along an axis
to keep a part."""

_ABLATIONS = Misfit(
    is_search=False,
    text="This study is no search: it compares networks with a baseline. Its effects:",
    page="ablation",
)


def draw(roots: tuple[Path, ...]) -> None:
    """One of the searches, chosen by name."""
    st.title("Search")
    draw_studies(roots, _draw_study, misfit=_ABLATIONS, example="search_tiny_widths")


PAGE = Page(title="Search", draw=draw, place=3, first_study=partial(first_fitting, misfit=_ABLATIONS))


def _draw_study(study: Study) -> None:
    draw_question(study)
    draw_missing(study)
    if study.plan.search and study.progress.finished:
        _draw_search(study, study.plan.search)
    else:
        draw_expectation(study)
        draw_command(study, "Nothing has finished yet.")
    draw_counts(study)
    draw_problems(study)


def _draw_search(study: Study, search: Search) -> None:
    table = running_search_summary(study.plan, study.outcomes, study.table)
    pick = pick_under_budgets(
        table,
        search.limits,
        cost=main_cost(search),
        names=names_of(study.plan),
        describe=partial(pick_lines, metric=study.plan.task.metric),
    )
    _draw_growth(study, search, table, pick)
    draw_pick(pick)
    draw_expectation(study)
    with suppress(UserError):  # a damaged confirmation hides nothing else
        st.markdown(confirmation_text(study.folder, pick.key))
    _draw_rejected(study)
    _draw_factors(study, search, table)
    st.header("Settings of the search")
    inherited = read_inherited(study.folder.inherited_file)
    for line in search_setup(study.plan, search, study.outcomes, inherited):
        st.text(line.removeprefix("- ").replace("`", "").replace("\\|", "|"))


def _draw_rejected(study: Study) -> None:
    """Proposals of the sampler that were not trained."""
    proposal_counts = study.outcomes.proposal_counts
    if proposal_counts is None:
        st.caption("Duplicate and infeasible proposals were not recorded when this search ran.")
        return
    with st.container(horizontal=True, gap="large", key="rejected"):
        st.metric("duplicate proposals", f"{proposal_counts.duplicates:,}", width="content")
        st.metric("infeasible proposals", f"{proposal_counts.infeasible:,}", width="content")


def _draw_growth(study: Study, search: Search, table: pd.DataFrame, pick: BudgetPick) -> None:
    """Hypervolume and frontier up to a trial; the pick has its ring from its own trial on."""
    st.header("As it grew")
    last = len(table)
    area = chart_area(TRACE_HEIGHT, "trace")
    trial = st.slider("Up to trial", 1, last, last, key="trial") if last > 1 else last
    volumes = hypervolume_by_trial(table, search)
    draw_chart(trace_figure(volumes, trial, current_theme()), "trace", area=area)
    st.caption(_VOLUME)
    trained = study.table.iloc[:trial]
    if trained["score"].notna().any():
        cost = main_cost(search) if main_cost(search) in COSTS else "macs"
        view = frontier_view(study.plan, trained, cost=cost, scale=SCALES[0])
        figure = frontier_figure(mark_pick(view, pick, cost=cost), current_theme())
        draw_chart(figure, "frontier")


def _draw_factors(study: Study, search: Search, table: pd.DataFrame) -> None:
    """Importance of each factor, and all networks as lines."""
    metric = study.plan.task.metric
    rows = table[table["score"].notna()].dropna(subset=list(factor_columns(study.plan).values()))
    if rows.empty:
        return
    st.header("Which factors matter")
    if len(rows) < FEWEST:
        st.text(f"That takes {FEWEST} finished networks; here are {len(rows)}.")
    else:
        shares = factor_importances(study.plan, rows)
        titles = factor_titles(study.plan)
        named = {titles.get(name, name): share for name, share in shares.items()}
        draw_chart(importance_figure(named, metric.title, current_theme()), "importance")
        st.caption(_IMPORTANCE)
    levels = rows[list(factor_columns(study.plan).values())]
    costs = rows[[name for name in (*search.costs, "params") if name in rows]]
    costs, scores = costs.loc[:, ~costs.columns.duplicated()], rows["score"].rename(metric.axis)
    chart = parallel_figure(levels, costs, scores, current_theme())
    draw_chart(chart, "parallel")
    st.caption(_LINES)
