"""Every study below the roots in one line: how far it is, its best score, what goes on with it."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import pandas as pd
from cachetools import LRUCache, cached

from dashboards.study import command_of, plan_of, study_of
from dashboards.study_names import known_studies
from moat_lab.errors import UserError
from moat_lab.records import RETRY_OPTION, Plan, ResultsFolder
from moat_lab.report.units import count, duration
from moat_lab.study.folder_state import STATES, FolderState, state_of

DAY_S = 24 * 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyOverview:
    """A study as the home page shows it.

    Args:
        best: the highest mean score of a network, a fraction; NaN where nothing has finished.
        failed: failed trainings.
        changed: when its plan or its records last changed, in seconds since 1970.
    """

    name: str
    plan: Plan
    state: FolderState
    best: float
    failed: int
    changed: float
    command: str

    @property
    def page(self) -> str:
        """The page that shows its answer."""
        return "search" if self.plan.search else "ablation"

    @property
    def retry(self) -> str:
        """The command that trains failed ones again; empty where none has failed."""
        return f"{self.command} {RETRY_OPTION}" if self.failed else ""


def overviews(roots: tuple[Path, ...]) -> list[StudyOverview]:
    """Of each study whose plan can be read: running ones first, then stopped, then finished ones, by name."""
    found = []
    for name, folder in known_studies(roots).folders.items():
        with suppress(UserError):  # a damaged plan: the other pages say what is wrong
            found.append(_overview(name, folder, plan_of(folder)))
    return sorted(found, key=lambda study: (STATES.index(study.state.word), study.name))


def progress_text(study: StudyOverview, now_s: float | None = None) -> str:
    """ "12 of 60 trainings, about 3 min left; best top-1 92.1 %; changed 5 s ago"."""
    state, metric = study.state, study.plan.task.metric
    parts = [f"{state.ended:,} of {count(state.planned, 'training')}{state.left_text}"]
    parts += [f"best {metric.title} {100 * study.best:.1f} %"] * (not math.isnan(study.best))
    parts += [f"{study.failed} failed"] * (study.failed > 0)
    return "; ".join([*parts, f"changed {_ago(study.changed, time.time() if now_s is None else now_s)}"])


def _ago(then_s: float, now_s: float) -> str:
    """ "5 s ago", "3 min ago"; after a day the date."""
    if now_s - then_s < DAY_S:
        return f"{duration(max(0.0, now_s - then_s))} ago"
    return f"on {time.strftime('%Y-%m-%d', time.localtime(then_s))}"


def _overview(name: str, folder: ResultsFolder, plan: Plan) -> StudyOverview:
    changes = [_changed(path) for path in (folder.plan_file, folder.evaluations.folder, folder.summary_file)]
    best, failed = _result(folder, plan.task.score, *changes)
    return StudyOverview(
        name=name,
        plan=plan,
        state=state_of(folder, plan),
        best=best,
        failed=failed,
        changed=max(changes[:2]),
        command=command_of(folder, plan),
    )


@cached(LRUCache(maxsize=512), lock=Lock())
def _result(
    folder: ResultsFolder, score: str, planned: float, trained: float, summarized: float
) -> tuple[float, int]:
    """Best score and number of failures, from the summary unless records are newer than it.

    Args:
        planned: when the plan changed; with the other two it says whether an earlier answer still holds.
        trained: when the records changed.
        summarized: when the summary was written.
    """
    if summarized >= trained:
        with suppress(OSError, ValueError, KeyError):
            rows = pd.read_csv(folder.summary_file, usecols=["failed", score])
            return float(rows[score].max()), int(rows["failed"].sum())
    return _best(study_of(folder).table["score"]), study_of(folder).progress.failed


def _best(scores: Sequence[float] | pd.Series[float]) -> float:
    return float(max((score for score in scores if not math.isnan(score)), default=math.nan))


def _changed(path: Path) -> float:
    """0 where nothing is."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
