"""A results folder, read and counted."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from moat_lab.analysis import summary
from moat_lab.analysis.tables import counted
from moat_lab.errors import UserError
from moat_lab.records import Plan, Reading, read_plan, read_results, results_folders


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
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
    """What one results folder holds; `table` is its `analysis.summary`."""

    folder: Path
    plan: Plan
    reading: Reading
    table: pd.DataFrame
    progress: Progress


def study_folders(roots: tuple[Path, ...]) -> dict[str, Path]:
    """Name -> results folder, for all below the roots; of several roots, the root is part of the name."""
    return {
        (folder.relative_to(root) if len(roots) == 1 else folder).as_posix(): folder
        for root in roots
        for folder in results_folders(root)
    }


def folders_of(roots: tuple[Path, ...], *, searches: bool) -> dict[str, Path]:
    """Of `study_folders` the searches, or the others; one whose plan cannot be read is among both."""
    return {name: folder for name, folder in study_folders(roots).items() if _is(folder, searches)}


def _is(folder: Path, search: bool) -> bool:
    try:
        return (read_plan(folder).search is not None) == search
    except UserError:
        return True


def study_of(folder: Path) -> Study:
    """All that a page needs of a results folder.

    Raises:
        UserError: `folder` holds no plan, or a damaged one.
    """
    plan, reading = read_plan(folder), read_results(folder)
    return Study(
        folder=folder,
        plan=plan,
        reading=reading,
        table=summary(plan, reading.evaluations),
        progress=progress(plan, reading),
    )


def progress(plan: Plan, reading: Reading) -> Progress:
    """Counts what the plan asks for; evaluations with other seeds are not counted here."""
    known = [e for e in counted(plan, reading.evaluations) if e.seed in plan.seeds]
    finished = sum(e.status == "ok" for e in known)
    return Progress(
        networks=len(plan.variants),
        expected=len(plan.variants) * len(set(plan.seeds)),
        finished=finished,
        failed=sum(e.status == "failed" for e in known),
        paused=sum(e.status == "paused" for e in known),
        damaged=len(reading.damaged),
    )
