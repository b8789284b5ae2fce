"""What the pages of studies share: which study, its question, progress, command and problems."""

from collections.abc import Callable, Collection
from pathlib import Path
from time import monotonic

import pandas as pd
import streamlit as st

from dashboards.charts import for_code_span
from dashboards.query_params import option_from_url, write_to_url
from dashboards.study import Study, names_of, study_of
from moat_lab.analysis.trainings import counted
from moat_lab.errors import UserError
from moat_lab.records import RETRY_OPTION, ResultsFolder, Status, failure_reason
from moat_lab.report.units import count, duration

REFRESH_S = 3
_NO_STUDIES = """\
No studies here yet. Start one, and it appears on this page:

    python -m moat_lab.study {example}
"""


def draw_studies(
    roots: tuple[Path, ...],
    find: Callable[[], dict[str, ResultsFolder]],
    draw_study: Callable[[Study], None],
    *,
    example: str = "ablate_order",
    writes_url: bool = False,
) -> None:
    """One of the studies that `find` gives, chosen by name, and drawn again while it is live.

    Args:
        example: a study to start where there is none.
        writes_url: whether `draw_study` writes the query parameters, `study` among them.
    """
    studies = find()
    if not studies:
        st.fragment(_wait_for_study, run_every=REFRESH_S)(roots, find, example)
        return
    warn_of_unknown_study(studies)
    option_from_url("study", list(studies))
    st.selectbox("Study", list(studies), key="study", width=420)
    draw_live(studies[st.session_state["study"]], draw_study, writes_url=writes_url)


def draw_live(folder: ResultsFolder, draw_study: Callable[[Study], None], *, writes_url: bool) -> None:
    """Draws a study, and again every few seconds while it is live."""
    try:
        is_live = study_of(folder).is_live
    except UserError as error:
        write_to_url("study")
        draw_damaged_plan(error)
        return
    if not writes_url:
        write_to_url("study")
    st.fragment(_refresh, run_every=REFRESH_S if is_live else None)(folder, draw_study, is_live)


def _refresh(folder: ResultsFolder, draw_study: Callable[[Study], None], is_live: bool) -> None:
    """Reads the folder again; the last evaluation ends the refreshing."""
    study = study_of(folder)
    if is_live and not study.is_live:
        st.rerun()
    draw_study(study)


def _wait_for_study(
    roots: tuple[Path, ...], find: Callable[[], dict[str, ResultsFolder]], example: str
) -> None:
    if find():
        st.rerun()
    draw_no_studies(roots, example)


def draw_no_studies(roots: tuple[Path, ...], example: str = "ablate_order") -> None:
    """The command that starts a study, and the folders in which none was found."""
    st.info(_NO_STUDIES.format(example=example))
    st.text(f"Looked in {', '.join(str(root.absolute()) for root in roots)}")


def warn_of_unknown_study(studies: Collection[str]) -> None:
    """Says that the study in the URL does not exist, before another is drawn in its place."""
    name = st.query_params.get("study", "")
    if name and name not in studies:
        st.warning(f"There is no study `{for_code_span(name)}` here. Another one is shown:")


def draw_damaged_plan(error: UserError) -> None:
    """In place of a study whose plan cannot be read."""
    st.error("The plan of this study cannot be read.")
    st.code(str(error), language=None, wrap_lines=True)


def draw_question(study: Study) -> None:
    """The question, and the expected result."""
    with st.container(key="question", gap="small"):
        st.text(study.plan.question)
        source = f" ({study.plan.source})" if study.plan.source else ""
        if study.plan.expectation:
            st.text(f"Expected: {study.plan.expectation}{source}")


def draw_progress(study: Study) -> None:
    """In numbers, and as a bar while evaluations are missing."""
    counts = study.progress
    with st.container(horizontal=True, gap="large", key="counts"):
        st.metric("networks", counts.networks, width="content")
        st.metric("evaluations finished", f"{counts.finished} of {counts.expected}", width="content")
        st.metric("failed", counts.failed, width="content")
        st.metric("damaged files", counts.damaged, width="content")
    draw_missing(study)
    if study.is_live and (status := study.folder.read_status()):
        draw_status(status, score=study.plan.task.metric.header)


def draw_status(status: Status, *, score: str) -> None:
    """What each slot of the running command trains, and how fast each node is; `score` heads a column."""
    st.caption(status_sentence(status))
    st.dataframe(slot_rows(status, score=score), hide_index=True, key="slots", width="content")


def status_sentence(status: Status) -> str:
    """ "Running now: 3 of 4 slots on 2 nodes; node 1: 900 images/s, node 2: 80 images/s; 1 job lost ..." """
    busy = sum(bool(slot.training) for slot in status.slots)
    on = f" on {count(len(status.nodes), 'node')}" if len(status.nodes) > 1 else ""
    speeds = [f"{node}: {speed:,.0f} images/s" for node, speed in status.images_per_s.items() if speed]
    parts = [f"Running now: {busy} of {count(len(status.slots), 'slot')}{on}", ", ".join(speeds)]
    parts += [f"{count(status.lost, 'job')} lost and started again"] * (status.lost > 0)
    return "; ".join(filter(None, parts)) + "."


def slot_rows(status: Status, *, score: str) -> pd.DataFrame:
    """One row for each slot; the node only where there are several."""
    rows = [
        {
            "node": slot.node,
            "device": slot.device,
            "trains": slot.training or "free",
            "epoch": f"{slot.epoch} of {slot.epochs}" if slot.epochs else "",
            score: "" if slot.score is None else f"{100 * slot.score:.1f}",
        }
        for slot in status.slots
    ]
    table = pd.DataFrame(rows, columns=["node", "device", "trains", "epoch", score])
    return table if len(status.nodes) > 1 else table.drop(columns="node")


def draw_missing(study: Study) -> None:
    """A bar while evaluations are missing, or a search has networks to choose; then nothing."""
    if not study.is_live:
        return
    counts = study.progress
    chosen = f"; up to {count(study.to_choose, 'network')} still to choose" if study.to_choose else ""
    st.progress(
        counts.done * counts.networks / (counts.networks + study.to_choose) if counts.networks else 0.0,
        text=f"{counts.missing} still to run{_time_left(study)}{chosen}; refreshes every {REFRESH_S} s",
    )


def _time_left(study: Study) -> str:
    """Estimated from the pace since this page was opened; empty before the first evaluation ends."""
    counts = study.progress
    ended = counts.expected - counts.missing
    began, first = st.session_state.setdefault(f"pace of {study.folder}", (monotonic(), ended))
    if ended <= first or not counts.missing:
        return ""
    return f", about {duration((monotonic() - began) / (ended - first) * counts.missing)} left"


def draw_command(study: Study, why: str) -> None:
    """The command that starts or continues the study; none where nothing is missing."""
    if not study.is_live:
        st.info(f"{why} No training is missing.")
        return
    st.info(f"{why} This command starts the study, or goes on with it:")
    st.code(study.command, language=None, wrap_lines=True)


def failed_rows(study: Study) -> pd.DataFrame:
    """One row for each failed evaluation, with its reason."""
    names = names_of(study.plan)
    rows = [
        {
            "variant": names[e.network_key],
            "seed": e.seed,
            "reason": failure_reason(e.error),
            "traceback": e.error,
        }
        for e in counted(study.plan, study.outcomes.evaluations)
        if e.status == "failed"
    ]
    return pd.DataFrame(rows, columns=["variant", "seed", "reason", "traceback"])


def damaged_rows(study: Study) -> pd.DataFrame:
    """One row for each file that is not an evaluation."""
    rows = [
        {"file": item.path.relative_to(study.folder.path.absolute()).as_posix(), "reason": item.reason}
        for item in study.outcomes.damaged
    ]
    return pd.DataFrame(rows, columns=["file", "reason"])


def draw_problems(study: Study) -> None:
    """Failed evaluations and damaged files, if there are any."""
    failed = failed_rows(study)
    _draw_rows(f"Failed, and in no mean: {count(len(failed), 'evaluation')}.", failed)
    if len(failed):
        draw_retry(study, "This command trains them again:")
    damaged = damaged_rows(study)
    _draw_rows(f"Could not be read, and ignored: {count(len(damaged), 'file')}.", damaged)


def draw_retry(study: Study, why: str) -> None:
    """The command that trains failed evaluations again: the study's own command counts them as done."""
    st.caption(why)
    st.code(f"{study.command} {RETRY_OPTION}", language=None, wrap_lines=True)


def _draw_rows(title: str, rows: pd.DataFrame) -> None:
    if len(rows):
        st.warning(title)
        st.dataframe(rows, hide_index=True)
