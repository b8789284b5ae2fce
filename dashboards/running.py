"""What every page of studies shows of one that may be running."""

import streamlit as st

from dashboards.study import Progress, Study
from moat_lab.errors import UserError

REFRESH_S = 3


def draw_unreadable(error: UserError) -> None:
    """In place of a study whose plan is damaged."""
    st.error("The plan of this study cannot be read.")
    st.code(str(error), language=None, wrap_lines=True)


def draw_question(study: Study) -> None:
    """The question, and the answer that was expected."""
    with st.container(key="question", gap="small"):
        st.text(study.plan.question)
        st.text(f"Expected: {study.plan.expectation} ({study.plan.source})")


def draw_progress(counts: Progress) -> None:
    """In numbers, and as a bar while something is missing."""
    with st.container(horizontal=True, key="counts"):
        st.metric("networks", counts.networks)
        st.metric("evaluations finished", f"{counts.finished} of {counts.expected}")
        st.metric("failed", counts.failed)
        st.metric("damaged files", counts.damaged)
    if counts.missing:
        st.progress(counts.done, text=f"{counts.missing} still to run; looks again every {REFRESH_S} s")


def draw_command(study: Study, why: str) -> None:
    """What starts the study, or goes on with it."""
    st.info(f"{why} This command starts the study, or goes on with it:")
    st.code(study.plan.command, language=None, wrap_lines=True)
