"""A plan carried out: ask the agenda, train, append the record, tell the agenda; then the report."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from moat_lab.engines import ENGINES
from moat_lab.engines.engine import EngineOptions, run_jobs
from moat_lab.engines.repeating import repeated
from moat_lab.records import Plan, ResultsFolder
from moat_lab.report.write import write_report
from moat_lab.study.activity import Activity
from moat_lab.study.optuna_view import OptunaView
from moat_lab.study.progress import StudyProgress
from moat_lab.study.sharing import make_prior
from moat_lab.study.state import StudyState
from moat_lab.study.view_writer import ViewWriter


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyResult:
    """How a run of a study ended: trainings that ended, those of them that failed, and its report."""

    report: Path
    trained: int
    failed: int


def run_study(
    plan: Plan,
    folder: ResultsFolder,
    *,
    engine: str = "local",
    workers: int = 1,
    device: str = "cpu",
    storage: str | None = None,
    progress: StudyProgress | None = None,
    together: bool = False,
    retry_failed: bool = False,
    options: EngineOptions | None = None,
) -> StudyResult:
    """Trains what an ablation or a search still lacks in `folder`, and writes the report there.

    Whatever ends the run, each finished training is on disk, and the same call goes on where it ended.

    Args:
        folder: such as `results/ablate_order`.
        engine: the name of one of `ENGINES`, where trainings run.
        workers: trainings at a time; on this machine they share its cores evenly. Elsewhere 0 is all slots.
        storage: an Optuna storage URL for the view of what has finished; left out, SQLite in the folder.
            The study goes on where it fails midway, and adds what is missing when it is back.
        together: whether a worker trains the missing seeds of a network at once; not in a search.
        retry_failed: whether trainings that failed are missing too. A failed record stays until the new one.
        options: what else the engine is told.

    Raises:
        UserError: the device, data or storage does not exist, or another process works in the folder.
    """
    options = replace(options or EngineOptions(), workers=workers, device=device, data=plan.data)
    slots = ENGINES[engine](folder, options)
    with folder.locked():
        progress = progress or StudyProgress(plan, workers=workers)
        make_prior(plan, folder, device, progress.notify)
        with ViewWriter(OptunaView(plan, folder, storage), progress.notify) as view:
            state = StudyState(plan, folder, view=view, together=together, retry_failed=retry_failed)
            with slots:  # a cluster has its nodes from here on
                activity = Activity(slots.slots, state.names)
                with progress.live(state.agenda.done, activity), published(activity, progress, folder):
                    for event in run_jobs(slots, state.next_job):
                        for visible in state.observe(event):
                            activity.update(visible)
                            progress.update(visible)
        return StudyResult(report=write_report(folder), trained=state.trained, failed=state.failed)


@contextmanager
def published(activity: Activity, progress: StudyProgress, folder: ResultsFolder) -> Iterator[None]:
    """Shows what runs, and writes it down for pages, once a second."""

    def publish() -> None:
        progress.show(status := activity.status())
        with suppress(OSError):  # a full disk is said where a record is lost
            folder.write_status(status)

    try:
        with repeated(publish, every_s=1.0):
            yield
    finally:
        folder.remove_status()
