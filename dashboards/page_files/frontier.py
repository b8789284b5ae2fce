"""Accuracy against cost: which networks of a study no other beats, and by how much they differ."""

from pathlib import Path

import streamlit as st

from dashboards.address import from_address, to_address
from dashboards.costs import COSTS
from dashboards.frontier_figure import frontier_figure
from dashboards.frontier_table import best, column_config, csv, file_name, shown
from dashboards.frontier_view import SCALES, frontier_view
from dashboards.ink import ink
from dashboards.nothing import draw_nothing
from dashboards.page import Page
from dashboards.plans import names_of
from dashboards.problems import draw_problems
from dashboards.running import REFRESH_S, draw_command, draw_progress, draw_question, draw_unreadable
from dashboards.selection import selected_keys
from dashboards.study import Study, study_folders, study_of
from dashboards.text import for_code_span
from moat_lab.analysis.found import found_so_far
from moat_lab.errors import UserError
from moat_lab.report.finding import finding
from moat_lab.report.scatter import NAMED
from moat_lab.report.picked import pick_text
from moat_lab.report.units import NOTHING

_LEGEND = """\
Bars are 95 % intervals over seeds. The stepped line is the frontier; what lies below it is faint: another
network costs no more and reaches no less. The diamond is the baseline. Click a point, or draw a box or a
lasso around some, to see only their rows; a double click shows all."""
_CHART = {"displaylogo": False, "modeBarButtonsToRemove": ["zoomIn2d", "zoomOut2d", "autoScale2d"]}


def draw(roots: tuple[Path, ...]) -> None:
    """One study of all there are, chosen by name."""
    st.title("Frontier")
    studies = study_folders(roots)
    if not studies:
        st.fragment(_wait, run_every=REFRESH_S)(roots)
        return
    name, cost, scale = _choose(list(studies))
    try:
        is_live = study_of(studies[name]).progress.missing > 0
    except UserError as error:
        draw_unreadable(error)
        return
    every = REFRESH_S if is_live else None
    st.fragment(_draw_study, run_every=every)(studies[name], cost, scale, is_live)


PAGE = Page(title="Frontier", draw=draw, is_start=True)


def _wait(roots: tuple[Path, ...]) -> None:
    if study_folders(roots):
        st.rerun()
    draw_nothing(roots)


def _choose(studies: list[str]) -> tuple[str, str, str]:
    """Study, cost and scale: from the address at first, then from the widgets, which the address follows."""
    from_address("study", studies)
    from_address("cost", list(COSTS))
    from_address("scale", SCALES)
    with st.container(horizontal=True):
        study = st.selectbox("Study", studies, key="study", width=360)
        st.segmented_control("Cost", list(COSTS), key="cost", format_func=COSTS.__getitem__, required=True)
        st.segmented_control("Scale", SCALES, key="scale", required=True)
    to_address("study", "cost", "scale")
    return study, st.session_state["cost"], st.session_state["scale"]


def _draw_study(folder: Path, cost: str, scale: str, is_live: bool) -> None:
    """Reads the folder anew each time; the last evaluation ends the refreshing."""
    study = study_of(folder)
    if is_live and not study.progress.missing:
        st.rerun()
    draw_question(study)
    draw_progress(study.progress)
    if study.progress.finished:
        _draw_result(study, cost, scale)
    else:
        draw_command(study, "Nothing has finished yet.")
        _draw_table(study, [])
    draw_problems(study)


def _draw_result(study: Study, cost: str, scale: str) -> None:
    view = frontier_view(study.plan, study.table, cost=cost, scale=scale)
    event = st.plotly_chart(
        frontier_figure(view, ink()), width="stretch", key="chart", on_select="rerun", config=_CHART
    )
    st.caption(_LEGEND)
    _draw_finding(study)
    _draw_table(study, selected_keys(event))


def _draw_finding(study: Study) -> None:
    """In words; of many networks only when asked for. Of a search, the pick."""
    if study.plan.search:
        table = found_so_far(study.plan, study.outcomes, study.table)
        st.code(pick_text(table, study.plan.search, {}), language=None)
        return
    names = {key: for_code_span(name) for key, name in names_of(study.plan).items()}
    with st.expander("In words", expanded=len(names) <= NAMED):
        st.markdown(finding(study.table, names, study.plan.margin))


def _draw_table(study: Study, keys: list[str]) -> None:
    """The best variants, or those of the keys that this study has; in all, what a browser can hold."""
    chosen = study.table[study.table["key"].isin(keys)]
    rows = best(chosen if len(chosen) else study.table)
    if len(chosen):
        st.caption(f"{len(chosen)} of {len(study.table)} networks, as selected on the chart")
    if len(rows) < max(len(chosen), 0 if len(chosen) else len(study.table)):
        st.caption(f"The best {len(rows):,} of them; the CSV has all.")
    st.dataframe(
        shown(study.plan, rows),
        hide_index=True,
        column_config=column_config(study.table),
        placeholder=NOTHING,
        key="table",
    )
    st.download_button(
        "Download CSV",
        lambda: csv(study.table),
        file_name=file_name(study.folder.name),
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
