"""A results folder, read and counted; read again only when its files have changed."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote
from threading import Lock
from typing import TypeVar

import pandas as pd
from cachetools import LRUCache, cached

from moat_lab.analysis import averaged, averaged_summary, summary
from moat_lab.analysis.trainings import trained_for
from moat_lab.lookup import shipped
from moat_lab.records import (
    Evaluation,
    Outcome,
    OutcomeReader,
    Plan,
    Reading,
    ResultsFolder,
    Trained,
)
from moat_lab.report.names import labels

RUNS = Path("runs")
"""Where a study's command writes by default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressSummary:
    """How many evaluations are planned, finished, failed; and how many files could not be read."""

    networks: int
    expected: int
    finished: int
    failed: int
    damaged: int
    paused: int = 0

    @property
    def missing(self) -> int:
        """Planned, and neither finished nor failed, nor paused for good."""
        return self.expected - self.finished - self.failed - self.paused

    @property
    def done(self) -> float:
        """The share that is not missing; 1 if nothing is planned."""
        return 1 - self.missing / self.expected if self.expected else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """The content of a results folder; `table` is its `analysis.summary`. Pages share it: it is constant."""

    folder: ResultsFolder
    plan: Plan
    outcomes: Reading[Outcome]
    table: pd.DataFrame
    progress: ProgressSummary

    @property
    def command(self) -> str:
        """The command that starts the study, or continues it in its folder: the default folder is `runs`.

        The package's results are not written to.
        """
        return command_of(self.folder, self.plan)

    @property
    def is_live(self) -> bool:
        """Whether trainings are missing, or networks that a search may still choose."""
        return self.progress.missing > 0 or self.to_choose > 0

    @property
    def to_choose(self) -> int:
        """Networks that a search may still choose."""
        search = self.plan.search
        return 0 if search is None else max(0, search.trials - len(self.plan.variants))

    @property
    def reading(self) -> Reading[Evaluation]:
        """Evaluations with their curves, read again each time."""
        return self.folder.read()


def command_of(folder: ResultsFolder, plan: Plan) -> str:
    """`Study.command`, which needs no more than these."""
    results = folder.path.parents[len(Path(plan.name).parts) - 1]
    if results in (RUNS, shipped() / "results"):
        return plan.command
    return f"{plan.command} --results {quote(str(results))}"


Version = tuple[int, int, int]
V = TypeVar("V")
_PLANS: LRUCache[ResultsFolder, tuple[Version, Plan]] = LRUCache(maxsize=64)
_STUDIES: LRUCache[ResultsFolder, Study] = LRUCache(maxsize=8)
_LOCK = Lock()
"""Sessions are threads that share the caches."""


def study_of(folder: ResultsFolder) -> Study:
    """All that a page needs of a results folder; the same object as before if no file has changed.

    Raises:
        UserError: `folder` holds no plan, or a damaged one.
    """
    plan, outcomes = plan_of(folder), _outcome_reader(_absolute(folder)).read()
    return _cached(
        _STUDIES,
        folder,
        lambda: _counted(folder, plan, outcomes),
        is_current=lambda study: study.plan is plan and study.outcomes is outcomes,
    )


def over_cells(study: Study) -> Study:
    """The study with a row for each variant over all cells; without cells as it is."""
    if not study.plan.cells:
        return study
    table = averaged_summary(study.plan, study.outcomes.evaluations)
    return replace(study, plan=averaged(study.plan), table=table)


def study_progress(plan: Plan, reading: Reading[Trained]) -> ProgressSummary:
    """Counts the evaluations of the plan; other seeds are not counted."""
    seeds = {variant.key: set(plan.seeds_of(variant.key)) for variant in plan.networks}
    evaluations = trained_for(plan, reading.evaluations)
    status = Counter(e.status for e in evaluations if e.seed in seeds[e.network_key])
    return ProgressSummary(
        networks=len(plan.networks),
        expected=len(plan.networks) * len(plan.seeds),
        finished=status["ok"],
        failed=status["failed"],
        paused=status["paused"],
        damaged=len(reading.damaged),
    )


def _counted(folder: ResultsFolder, plan: Plan, outcomes: Reading[Outcome]) -> Study:
    table = summary(plan, outcomes.evaluations)
    return Study(
        folder=folder, plan=plan, outcomes=outcomes, table=table, progress=study_progress(plan, outcomes)
    )


@cached(LRUCache(maxsize=8), lock=Lock())
def _outcome_reader(folder: ResultsFolder) -> OutcomeReader:
    """One for each folder, which reads only what is new."""
    return OutcomeReader(folder)


def plan_of(folder: ResultsFolder) -> Plan:
    """The plan of a results folder; the same object as before if its file has not changed.

    Raises:
        UserError: `folder` holds no plan, or a damaged one.
    """
    version = _file_version(folder)
    return _cached(
        _PLANS,
        _absolute(folder),
        lambda: (version, folder.read_plan()),
        is_current=lambda entry: entry[0] == version,
    )[1]


def _file_version(folder: ResultsFolder) -> Version:
    """Changes with the plan: an atomic write makes it another file."""
    try:
        status = folder.plan_file.stat()
    except OSError:
        return (-1, -1, -1)
    return status.st_ino, status.st_size, status.st_mtime_ns


def _absolute(folder: ResultsFolder) -> ResultsFolder:
    return ResultsFolder(folder.path.absolute())


def _cached(
    cache: LRUCache[ResultsFolder, V],
    key: ResultsFolder,
    make: Callable[[], V],
    *,
    is_current: Callable[[V], bool],
) -> V:
    """The value in the cache; a new one if there is none, or it is out of date."""
    with _LOCK:
        value = cache.get(key)
    if value is None or not is_current(value):
        value = make()
        with _LOCK:
            cache[key] = value
    return value


def names_of(plan: Plan) -> dict[str, str]:
    """`report.labels`, computed once for each plan."""
    return _plan_and_names(plan)[1]


@cached(LRUCache(maxsize=8), key=id, lock=Lock())
def _plan_and_names(plan: Plan) -> tuple[Plan, dict[str, str]]:
    """With the plan itself: while the cache holds it, no other plan has its id."""
    return plan, labels(plan)
