"""What failed and what could not be read, by name."""

import pandas as pd
import streamlit as st

from dashboards.plans import names_of
from dashboards.study import Study
from moat_lab.analysis.tables import counted
from moat_lab.records import RETRY, reason_of
from moat_lab.report.units import count


def failed_rows(study: Study) -> pd.DataFrame:
    """One row for each failed evaluation; with the reason."""
    names = names_of(study.plan)
    rows = [
        {
            "variant": names[e.network_key],
            "seed": e.seed,
            "reason": reason_of(e.error),
            "traceback": e.error,
        }
        for e in counted(study.plan, study.outcomes.evaluations)
        if e.status == "failed"
    ]
    return pd.DataFrame(rows, columns=["variant", "seed", "reason", "traceback"])


def damaged_rows(study: Study) -> pd.DataFrame:
    """One row for each file that is not an evaluation."""
    rows = [
        {"file": item.path.relative_to(study.folder.absolute()).as_posix(), "reason": item.reason}
        for item in study.outcomes.damaged
    ]
    return pd.DataFrame(rows, columns=["file", "reason"])


def draw_problems(study: Study) -> None:
    """Nothing where there are none."""
    failed = failed_rows(study)
    _draw(f"Failed, and in no mean: {count(len(failed), 'evaluation')}.", failed)
    if len(failed):
        draw_retry(study, "This command trains them again:")
    draw_damaged(study)


def draw_retry(study: Study, why: str) -> None:
    """What trains again what failed: the study's own command takes it as done."""
    st.caption(why)
    st.code(f"{study.command} {RETRY}", language=None, wrap_lines=True)


def draw_damaged(study: Study) -> None:
    """Nothing where no file is."""
    damaged = damaged_rows(study)
    _draw(f"Could not be read, and counted nowhere: {count(len(damaged), 'file')}.", damaged)


def _draw(title: str, rows: pd.DataFrame) -> None:
    if len(rows):
        st.warning(title)
        st.dataframe(rows, hide_index=True)
