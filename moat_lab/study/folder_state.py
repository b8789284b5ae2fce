"""Whether a study runs, has stopped or has finished, and what is left of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import fmean
from typing import Literal

from moat_lab.records import Evaluation, Plan, ResultsFolder, Status
from moat_lab.records.lock import has_holder
from moat_lab.records.runs_below import missing_runs
from moat_lab.report.units import duration

_LAST = 32
"""Trainings whose mean says how long the next one takes."""


STATES = ("running", "stopped", "finished")
"""In the order in which they are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderState:
    """A results folder as it stands.

    Args:
        ended: trainings that have ended, finished or failed.
        planned: of a search, as many as are expected.
        left_s: seconds to the end, at the pace of the last trainings; None where nothing tells.
        command: what to type to go on.
    """

    path: Path
    word: Literal["running", "stopped", "finished"]
    ended: int
    planned: int
    left_s: float | None
    command: str
    status: Status | None

    @property
    def left_text(self) -> str:
        """ ", about 3 min left"; empty where nothing is left, or nothing tells."""
        return f", about {duration(self.left_s)} left" if self.left_s else ""


def folder_states(roots: Sequence[Path]) -> list[FolderState]:
    """Of each folder below the roots that has a plan which can be read."""
    folders = [folder for root in roots for folder in ResultsFolder.below(root)]
    found = [(folder, folder.find_plan()) for folder in folders]
    return [state_of(folder, plan) for folder, plan in found if isinstance(plan, Plan)]


def state_of(folder: ResultsFolder, plan: Plan) -> FolderState:
    """The state of a folder with this plan."""
    planned = expected_trainings(plan)
    ended = _ended_trainings(plan, folder)
    status, is_held = folder.read_status(), has_holder(folder.lock_holder_file)
    is_done = folder.report_file.exists() if plan.search else ended >= planned
    left = max(0, planned - ended)
    return FolderState(
        path=folder.path,
        word="running" if is_held else "finished" if is_done else "stopped",
        ended=ended,
        planned=planned,
        left_s=_left_s(folder, plan, left, status),
        command=plan.command,
        status=status if is_held else None,
    )


def expected_trainings(plan: Plan) -> int:
    """Trainings of a whole study; each rung of a search adds the networks expected to be promoted from it."""
    if plan.search is None:
        return sum(len(plan.seeds_of(variant.key)) for variant in plan.networks)
    rungs = plan.search.rungs
    shares = [rungs.keep**i for i in range(len(rungs.epochs) + 1)] if rungs else [1.0]
    return round(plan.search.trials * sum(shares) * len(plan.seeds))


def _ended_trainings(plan: Plan, folder: ResultsFolder) -> int:
    if plan.search:
        return sum(1 for _ in folder.evaluations.names(plan.recipe_key))
    return expected_trainings(plan) - len(missing_runs(plan, folder))


def _left_s(folder: ResultsFolder, plan: Plan, left: int, status: Status | None) -> float | None:
    """Seconds for the trainings that are left, on the slots of the running command, or on one."""
    if not left:
        return 0.0
    last = _train_seconds(folder, plan)
    return fmean(last) * left / max(1, len(status.slots) if status else 1) if last else None


def _train_seconds(folder: ResultsFolder, plan: Plan) -> list[float]:
    """What the last finished trainings by the plan's recipe took."""
    store = folder.evaluations
    names = [store.path(key, plan.recipe_key, seed) for key, seed in store.names(plan.recipe_key)]
    newest = sorted(names, key=lambda path: path.stat().st_mtime, reverse=True)
    records = (store.read_file(path) for path in newest)
    finished = (e.train_s for e in records if isinstance(e, Evaluation) and e.status == "ok")
    return list(islice(finished, _LAST))
