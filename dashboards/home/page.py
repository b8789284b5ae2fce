"""All studies: which run, which have stopped, which have finished, and how each goes on."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from dashboards.charts import for_code_span
from dashboards.frontier.page import draw as draw_frontier
from dashboards.home.overview import StudyOverview, overviews, progress_text
from dashboards.page import Page, link_to, link_width
from dashboards.study_widgets import REFRESH_S, draw_no_studies, draw_status
from moat_lab.study.folder_state import STATES

_TITLES = {
    "running": "Running",
    "stopped": "Stopped before the end",
    "finished": "Finished",
}


def draw(roots: tuple[Path, ...]) -> None:
    """The home page; at an address that names a study its frontier, as before there was a home page."""
    if "study" in st.query_params:
        draw_frontier(roots)
        return
    st.title("Studies")
    st.fragment(_draw_all, run_every=REFRESH_S)(roots)


PAGE = Page(title="Studies", draw=draw, is_start=True, place=0)


def _draw_all(roots: tuple[Path, ...]) -> None:
    """One group for each state that a study is in."""
    studies = overviews(roots)
    if not studies:
        draw_no_studies(roots)
    for word in STATES:
        _draw_group(word, [study for study in studies if study.state.word == word])


def _draw_group(word: str, studies: Sequence[StudyOverview]) -> None:
    if not studies:
        return
    st.header(f"{_TITLES[word]} ({len(studies)})", anchor=False)
    width = max(link_width(study.name) for study in studies)
    for study in studies:
        _draw_study(study, width)


def _draw_study(study: StudyOverview, width: int) -> None:
    """Name and numbers in one line; below, what runs, how to go on, how to retry.

    Args:
        width: pixels of the name.
    """
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key=f"study {study.name}"):
        link_to(study.page, f"**{for_code_span(study.name)}**", width=width, study=study.name)
        st.caption(progress_text(study), width="content")
    state = study.state
    if state.word == "running":
        st.progress(min(1.0, state.ended / max(1, state.planned)))
        if state.status:
            draw_status(state.status, score=study.plan.task.metric.header, key=f"slots {study.name}")
    if state.word == "stopped":
        st.markdown(f"To go on: `{for_code_span(study.command)}`")
    if study.retry:
        st.markdown(f"To train the failed ones again: `{for_code_span(study.retry)}`")
