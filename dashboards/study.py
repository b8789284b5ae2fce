"""A results folder, read and counted; read again only when its files have changed."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

import pandas as pd

from dashboards.kept import Kept
from moat_lab.analysis import summary
from moat_lab.analysis.tables import counted
from moat_lab.errors import UserError
from moat_lab.lookup import shipped
from moat_lab.records import (
    OutcomeReader,
    Outcomes,
    Plan,
    Read,
    Reading,
    read_plan,
    read_results,
    results_folders,
)
from moat_lab.records.plan import FILE
from moat_lab.report.labels import labels

RUNS = Path("runs")
"""Where a study's command puts what it finds, unless told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyProgress:
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
        """The part that is not missing; 1 where nothing is planned."""
        return 1 - self.missing / self.expected if self.expected else 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """What one results folder holds; `table` is its `analysis.summary`. Nobody changes it: pages share it."""

    folder: Path
    plan: Plan
    outcomes: Outcomes
    table: pd.DataFrame
    progress: StudyProgress

    @property
    def command(self) -> str:
        """What starts the study, or goes on with it where it lies: without `--results` it would be `runs`.

        The package's results are not written to.
        """
        results = self.folder.parents[len(Path(self.plan.name).parts) - 1]
        if results in (RUNS, shipped() / "results"):
            return self.plan.command
        return f"{self.plan.command} --results {quote(str(results))}"

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
    def reading(self) -> Reading:
        """Evaluations with their curves, read anew: for pages that draw them."""
        return read_results(self.folder)


_READERS: Kept[Path, OutcomeReader] = Kept(most=8)
_STUDIES: Kept[Path, Study] = Kept(most=8)


def study_folders(roots: tuple[Path, ...]) -> dict[str, Path]:
    """Name -> results folder, for all below the roots; of several roots, the root's name is part of it.

    Of two folders with one name it is the later one.
    """
    return {
        folder.relative_to(root if len(roots) == 1 else root.parent).as_posix(): folder
        for root in roots
        for folder in results_folders(root)
    }


def folders_of(roots: tuple[Path, ...], *, searches: bool) -> dict[str, Path]:
    """Of `study_folders` the searches, or the others; one whose plan cannot be read is among both."""
    return {name: folder for name, folder in study_folders(roots).items() if _is(folder, searches)}


def _is(folder: Path, search: bool) -> bool:
    try:
        return (plan_of(folder).search is not None) == search
    except UserError:
        return True


def study_of(folder: Path) -> Study:
    """All that a page needs of a results folder; the same object as before where nothing has changed.

    Raises:
        UserError: `folder` holds no plan, or a damaged one.
    """
    plan, place = plan_of(folder), folder.absolute()
    outcomes = _READERS.get(place, lambda: OutcomeReader(place)).read()
    return _STUDIES.get(
        folder,
        lambda: _counted(folder, plan, outcomes),
        holds=lambda known: known.plan is plan and known.outcomes is outcomes,
    )


def study_progress(plan: Plan, reading: Read) -> StudyProgress:
    """Counts what the plan asks for; evaluations with other seeds are not counted here."""
    seeds = set(plan.seeds)
    status = Counter(e.status for e in counted(plan, reading.evaluations) if e.seed in seeds)
    return StudyProgress(
        networks=len(plan.variants),
        expected=len(plan.variants) * len(seeds),
        finished=status["ok"],
        failed=status["failed"],
        paused=status["paused"],
        damaged=len(reading.damaged),
    )


def _counted(folder: Path, plan: Plan, outcomes: Outcomes) -> Study:
    table = summary(plan, outcomes.evaluations)
    return Study(
        folder=folder, plan=plan, outcomes=outcomes, table=table, progress=study_progress(plan, outcomes)
    )


Stamp = tuple[int, int, int]
_PLANS: Kept[Path, tuple[Stamp, Plan]] = Kept(most=64)
_NAMES: Kept[int, tuple[Plan, dict[str, str]]] = Kept(most=8)


def plan_of(folder: Path) -> Plan:
    """The plan of a results folder; the same object as before where its file has not changed.

    Raises:
        UserError: `folder` holds no plan, or a damaged one.
    """
    stamp = _stamp(folder)
    kept = _PLANS.get(
        folder.absolute(), lambda: (stamp, read_plan(folder)), holds=lambda known: known[0] == stamp
    )
    return kept[1]


def names_of(plan: Plan) -> dict[str, str]:
    """`report.labels`, worked out once for each plan that is kept."""
    return _NAMES.get(id(plan), lambda: (plan, labels(plan)), holds=lambda known: known[0] is plan)[1]


def _stamp(folder: Path) -> Stamp:
    """Whoever writes a plan renames, so that the file is another one."""
    try:
        status = (folder / FILE).stat()
    except OSError:
        return (-1, -1, -1)
    return status.st_ino, status.st_size, status.st_mtime_ns
