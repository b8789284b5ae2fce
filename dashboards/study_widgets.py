"""What every page of studies shows of one that may be running."""

from collections.abc import Callable, Collection
from pathlib import Path
from time import monotonic

import streamlit as st

from dashboards.query_params import option_from_url, write_to_url
from dashboards.study import Study, study_of
from dashboards.text import for_code_span
from moat_lab.errors import UserError
from moat_lab.report.units import count, duration

REFRESH_S = 3


def draw_selected_study(
    studies: dict[str, Path],
    draw_study: Callable[[Path, bool], None],
) -> None:
    """One of the studies, chosen by name; drawn again and again while it is live."""
    warn_of_unknown_study(studies)
    option_from_url("study", list(studies))
    st.selectbox("Study", list(studies), key="study", width=420)
    write_to_url("study")
    folder = studies[st.session_state["study"]]
    try:
        live = study_of(folder).is_live
    except UserError as error:
        draw_damaged_plan(error)
        return
    st.fragment(draw_study, run_every=REFRESH_S if live else None)(folder, live)


def warn_of_unknown_study(studies: Collection[str]) -> None:
    """Where the address asks for a study that is not here, before another is shown in its place."""
    asked = st.query_params.get("study", "")
    if asked and asked not in studies:
        st.warning(f"There is no study `{for_code_span(asked)}` here. Another one is shown:")


def draw_damaged_plan(error: UserError) -> None:
    """In place of a study whose plan is damaged."""
    st.error("The plan of this study cannot be read.")
    st.code(str(error), language=None, wrap_lines=True)


def draw_question(study: Study) -> None:
    """The question, and the answer that was expected."""
    with st.container(key="question", gap="small"):
        st.text(study.plan.question)
        source = f" ({study.plan.source})" if study.plan.source else ""
        if study.plan.expectation:
            st.text(f"Expected: {study.plan.expectation}{source}")


def draw_progress(study: Study) -> None:
    """In numbers, and as a bar while something is missing."""
    counts = study.progress
    with st.container(horizontal=True, gap="large", key="counts"):
        st.metric("networks", counts.networks, width="content")
        st.metric("evaluations finished", f"{counts.finished} of {counts.expected}", width="content")
        st.metric("failed", counts.failed, width="content")
        st.metric("damaged files", counts.damaged, width="content")
    draw_missing(study)


def draw_missing(study: Study) -> None:
    """As a bar while something is missing, or a search has networks to choose; nothing afterwards."""
    if not study.is_live:
        return
    counts = study.progress
    chosen = f"; up to {count(study.to_choose, 'network')} still to choose" if study.to_choose else ""
    st.progress(
        counts.done * counts.networks / (counts.networks + study.to_choose) if counts.networks else 0.0,
        text=f"{counts.missing} still to run{_left(study)}{chosen}; looks again every {REFRESH_S} s",
    )


def _left(study: Study) -> str:
    """How long what is missing takes at the pace since this page was opened; nothing before it has one."""
    counts = study.progress
    ended = counts.expected - counts.missing
    began, then = st.session_state.setdefault(f"pace of {study.folder}", (monotonic(), ended))
    if ended <= then or not counts.missing:
        return ""
    return f", about {duration((monotonic() - began) / (ended - then) * counts.missing)} left"


def draw_command(study: Study, why: str) -> None:
    """What starts the study, or goes on with it; no command where that would do nothing."""
    if not study.is_live:
        st.info(f"{why} No training is missing.")
        return
    st.info(f"{why} This command starts the study, or goes on with it:")
    st.code(study.command, language=None, wrap_lines=True)
