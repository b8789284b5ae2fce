"""Accuracy against cost: the Pareto front of a study, or of published models."""

from pathlib import Path

import streamlit as st

from dashboards.architecture.published import published_models
from dashboards.frontier.controls import CHOSEN, SLIDERS
from dashboards.frontier.published import draw_published
from dashboards.frontier.study import draw_frontier, draw_table
from dashboards.page import Page
from dashboards.query_params import option_from_url, write_to_url
from dashboards.study import Study, study_folders
from dashboards.study_widgets import (
    REFRESH_S,
    draw_command,
    draw_live,
    draw_no_studies,
    draw_problems,
    draw_progress,
    draw_question,
    warn_of_unknown_study,
)

_PUBLISHED = "published:imagenet1k"
"""In place of a study's name: no folder of a study has a colon in its name."""
_NAMES = {_PUBLISHED: "Published: ImageNet-1K"}


def draw(roots: tuple[Path, ...]) -> None:
    """One of the studies, chosen by name, or the published models."""
    st.title("Frontier")
    studies = study_folders(roots)
    if not studies:
        st.fragment(_wait, run_every=REFRESH_S)(roots)
    name = _choose(list(studies))
    if name == _PUBLISHED:
        st.fragment(draw_published)(published_models())
    elif name:
        draw_live(studies[name], _draw_study, writes_url=True)


PAGE = Page(title="Frontier", draw=draw, is_start=True, place=1)


def _wait(roots: tuple[Path, ...]) -> None:
    """Until there is a study, which the page then shows."""
    if study_folders(roots):
        st.session_state.pop("study", None)
        st.query_params.pop("study", None)
        st.rerun()
    draw_no_studies(roots)


def _choose(studies: list[str]) -> str:
    """A study, or the published models; empty where there is neither."""
    sources = [*studies, *([_PUBLISHED] if len(published_models()) else [])]
    if not sources:
        return ""
    warn_of_unknown_study(sources)
    option_from_url("study", sources)
    st.selectbox(
        "Study",
        sources,
        key="study",
        width=420,
        format_func=lambda name: _NAMES.get(name, name),
        on_change=_reset,
    )
    return str(st.session_state["study"])


def _reset() -> None:
    """Another source has other costs and other networks."""
    for name in SLIDERS.values():
        st.session_state[name] = ""
    st.session_state[CHOSEN] = []


def _draw_study(study: Study) -> None:
    draw_question(study)
    draw_progress(study)
    if study.progress.finished:
        st.fragment(draw_frontier)(study)
    else:
        write_to_url("study")
        draw_command(study, "Nothing has finished yet.")
        draw_table(study, study.table, [])
    draw_problems(study)
