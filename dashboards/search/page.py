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
from dashboards.frontier.figure import HEIGHT
from dashboards.frontier.selection import CHOSEN, draw_frontier_chart, forget_selection, selected
from dashboards.frontier.table import draw_table
from dashboards.frontier.view import SCALES, frontier_view
from dashboards.page import Page
from dashboards.query_params import write_to_url
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
_SELECT = """\
Click a point, or draw a box or a lasso around some, to see only their rows and lines below; a double click
shows all."""
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
    draw_studies(
        roots,
        _draw_study,
        misfit=_ABLATIONS,
        example="search_tiny_widths",
        writes_url=True,
        on_change=forget_selection,
    )


PAGE = Page(title="Search", draw=draw, place=3, first_study=partial(first_fitting, misfit=_ABLATIONS))


def _draw_study(study: Study) -> None:
    selected({variant.key for variant in study.plan.variants})
    write_to_url("study", CHOSEN)
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
    _draw_networks(study, search, table)
    _draw_factors(study, table)
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
        with chart_area(HEIGHT, "frontier"):
            draw_frontier_chart(mark_pick(view, pick, cost=cost))
        st.caption(_SELECT)


def _draw_networks(study: Study, search: Search, table: pd.DataFrame) -> None:
    """A row and a line for each network, or for those that are selected."""
    st.header("The networks")
    chosen = st.session_state[CHOSEN]
    draw_table(study, table, chosen)
    rows = _finished(study, table)
    is_chosen = rows["key"].isin(chosen).to_numpy()
    if rows.empty:
        return
    costs = rows[[name for name in (*search.costs, "params") if name in rows]]
    figure = parallel_figure(
        rows[[*factor_columns(study.plan).values()]],
        costs.loc[:, ~costs.columns.duplicated()],
        rows["score"].rename(study.plan.task.metric.axis),
        current_theme(),
        shown=is_chosen if is_chosen.any() else ~is_chosen,
    )
    draw_chart(figure, "parallel")
    st.caption(_LINES)


def _draw_factors(study: Study, table: pd.DataFrame) -> None:
    """Importance of each factor, over all networks."""
    rows = _finished(study, table)
    if rows.empty:
        return
    st.header("Which factors matter")
    if len(rows) < FEWEST:
        st.text(f"That takes {FEWEST} finished networks; here are {len(rows)}.")
        return
    titles = factor_titles(study.plan)
    named = {titles.get(name, name): share for name, share in factor_importances(study.plan, rows).items()}
    draw_chart(importance_figure(named, study.plan.task.metric.title, current_theme()), "importance")
    st.caption(_IMPORTANCE)


def _finished(study: Study, table: pd.DataFrame) -> pd.DataFrame:
    """The networks with a score whose factors are known."""
    return table[table["score"].notna()].dropna(subset=list(factor_columns(study.plan).values()))
