"""What the pages of studies share: which study, its question, progress, command and problems."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from types import MappingProxyType

import pandas as pd
import streamlit as st

from dashboards.charts import for_code_span
from dashboards.page import link_to
from dashboards.query_params import current_value, option_from_url, write_to_url
from dashboards.study import Study, names_of, plan_of, study_of
from dashboards.study_names import KnownStudies, known_studies, study_folders
from moat_lab.analysis.trainings import counted
from moat_lab.errors import UserError
from moat_lab.records import RETRY_OPTION, ResultsFolder, Status, failure_reason
from moat_lab.report.units import count, duration

REFRESH_S = 3
_CURVE = "so far"
"""Heads the column of the live curves."""
NO_OTHERS: Mapping[str, str] = MappingProxyType({})
_NO_STUDIES = """\
No studies here yet. Start one, and it appears on this page:

    python -m moat_lab.study {example}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """Studies that a page has nothing to say of.

    Args:
        is_search: whether they are the searches, or the others.
        text: says so, and what they have.
        page: where that is.
    """

    is_search: bool
    text: str
    page: str

    def has(self, folder: ResultsFolder) -> bool:
        """Whether it is such a study; one with a damaged plan never is."""
        try:
            return (plan_of(folder).search is not None) == self.is_search
        except UserError:
            return False


def draw_studies(
    roots: tuple[Path, ...],
    draw_study: Callable[[Study], None],
    *,
    misfit: Misfit | None = None,
    example: str = "ablate_order",
    writes_url: bool = False,
    on_change: Callable[[], None] | None = None,
) -> None:
    """The study that is chosen for all pages, drawn again while it is live.

    Args:
        misfit: of studies that this page does not draw.
        example: a study to start where there is none.
        writes_url: whether `draw_study` writes the query parameters, `study` among them.
        on_change: called before another study is drawn.
    """
    known = known_studies(roots)
    if not known.folders:
        st.fragment(_wait_for_study, run_every=REFRESH_S)(roots, example)
        return
    name = choose_study(known, misfit=misfit, on_change=on_change)
    if misfit and misfit.has(known.folders[name]):
        write_to_url("study")
        draw_misfit(misfit)
        if all(map(misfit.has, known.folders.values())):
            draw_no_studies(roots, example)
        return
    draw_live(known.folders[name], draw_study, writes_url=writes_url)


def draw_misfit(misfit: Misfit) -> None:
    """In place of a study that the page does not draw: where it is drawn."""
    st.info(misfit.text)
    link_to(misfit.page)


def first_fitting(known: KnownStudies, misfit: Misfit | None = None) -> str:
    """The first study that a page draws, or else the first; empty where there is none."""
    fitting = (name for name in known.folders if not (misfit and misfit.has(known.folders[name])))
    return next(fitting, next(iter(known.folders), ""))


def choose_study(
    known: KnownStudies,
    *,
    misfit: Misfit | None = None,
    others: Mapping[str, str] = NO_OTHERS,
    on_change: Callable[[], None] | None = None,
) -> str:
    """The name of the study in the URL or in the box; without either the last one, or the first that fits.

    Args:
        others: what may be chosen too: value -> what the box calls it.
    """
    options = [*known.folders, *others]
    warn_of_unknown_study({*options, *known.aliases})
    last = current_value("study")
    first = last if last in options else first_fitting(known, misfit) or options[0]
    option_from_url("study", options, first, aliases=known.aliases, is_always_written=True)
    st.selectbox(
        "Study",
        options,
        key="study",
        width=420,
        format_func=lambda name: others.get(name, name),
        on_change=on_change,
    )
    return str(st.session_state["study"])


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


def _wait_for_study(roots: tuple[Path, ...], example: str) -> None:
    if study_folders(roots):
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
    """The question; its expected answer is below the chart."""
    with st.container(key="question"):
        st.text(study.plan.question)


def draw_expectation(study: Study) -> None:
    """The expected answer and its source, if the study has one."""
    source = f" ({study.plan.source})" if study.plan.source else ""
    if study.plan.expectation:
        st.text(f"Expected: {study.plan.expectation}{source}")


def draw_counts(study: Study) -> None:
    """Networks and evaluations, what failed if anything did, and what runs now; below the chart."""
    counts = study.progress
    with st.container(horizontal=True, gap="large", key="counts"):
        st.metric("networks", counts.networks, width="content")
        st.metric("evaluations finished", f"{counts.finished} of {counts.expected}", width="content")
        for name, number in (("failed", counts.failed), ("damaged files", counts.damaged)):
            if number:
                st.metric(name, number, width="content")
    if study.is_live and (status := study.folder.read_status()):
        draw_status(status, score=study.plan.task.metric.header)


def draw_status(status: Status, *, score: str, key: str = "slots") -> None:
    """What each slot of the running command trains, and how fast each node is; `score` heads a column."""
    st.caption(status_sentence(status))
    curve = st.column_config.LineChartColumn(_CURVE, y_min=0.0, y_max=100.0, color="auto", width="medium")
    rows = slot_rows(status, score=score)
    st.dataframe(rows, hide_index=True, key=key, width="content", column_config={_CURVE: curve})


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
            _CURVE: [100 * value for value in slot.curve],
        }
        for slot in status.slots
    ]
    table = pd.DataFrame(rows, columns=["node", "device", "trains", "epoch", score, _CURVE])
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
