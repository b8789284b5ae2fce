"""Accuracy against cost: the Pareto front of a study, or of published models."""

from pathlib import Path

import streamlit as st

from dashboards.frontier.benchmarks import benchmarks
from dashboards.frontier.controls import SLIDERS
from dashboards.frontier.published import draw_published
from dashboards.frontier.selection import forget_selection
from dashboards.frontier.study import draw_frontier
from dashboards.frontier.table import draw_table
from dashboards.page import Page
from dashboards.query_params import forget_value, write_to_url
from dashboards.study import Study
from dashboards.study_names import known_studies, study_folders
from dashboards.study_widgets import (
    REFRESH_S,
    choose_study,
    draw_command,
    draw_counts,
    draw_expectation,
    draw_live,
    draw_missing,
    draw_no_studies,
    draw_problems,
    draw_question,
    first_fitting,
)

_PUBLISHED = "published:"
"""Begins what stands in place of a study's name: no folder of a study has a colon in its name."""


def draw(roots: tuple[Path, ...]) -> None:
    """One of the studies, chosen by name, or the published models."""
    st.title("Frontier")
    known = known_studies(roots)
    published = {f"{_PUBLISHED}{name}": (name, of) for name, of in benchmarks().items()}
    others = {key: f"Published: {of.title}" for key, (_, of) in published.items()}
    if not known.folders:
        st.fragment(_wait, run_every=REFRESH_S)(roots)
    if not known.folders and not others:
        return
    name = choose_study(known, others=others, on_change=_reset)
    if name in published:
        st.fragment(draw_published)(*published[name])
    else:
        draw_live(known.folders[name], _draw_study, writes_url=True)


PAGE = Page(title="Frontier", draw=draw, place=1, first_study=first_fitting)


def _wait(roots: tuple[Path, ...]) -> None:
    """Until there is a study, which the page then shows."""
    if study_folders(roots):
        forget_value("study")
        st.rerun()
    draw_no_studies(roots)


def _reset() -> None:
    """Another source has other costs and other networks."""
    for name in SLIDERS.values():
        st.session_state[name] = ""
    forget_selection()


def _draw_study(study: Study) -> None:
    draw_question(study)
    draw_missing(study)
    if study.progress.finished:
        st.fragment(draw_frontier)(study)
    else:
        write_to_url("study")
        draw_expectation(study)
        draw_command(study, "Nothing has finished yet.")
        draw_table(study, study.table, [])
    draw_counts(study)
    draw_problems(study)
