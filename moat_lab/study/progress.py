"""What a person sees while a study runs."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rich import progress as bars
from rich.console import Console
from rich.markup import escape

from moat_lab.engines.engine import (
    EpochEnded,
    Event,
    Job,
    JobLost,
    JobStarted,
    MeasurementEnded,
    NodeChanged,
    TrainingEnded,
)
from moat_lab.records import Plan, failure_reason
from moat_lab.report.units import duration, score_text


class StudyProgress:
    """A bar over all trainings and one for each that runs; a line for each that ends."""

    def __init__(self, plan: Plan, *, workers: int, console: Console | None = None) -> None:
        self.console = console or Console()
        self.names: Mapping[str, str] = {}
        self.score = plan.task.score
        self.workers, self.epochs = workers, int(plan.recipe["epochs"])
        self.planned = round(_networks(plan) * len(plan.seeds))
        self.done, self.trained, self.started_s = 0, 0, time.monotonic()
        self.bars = bars.Progress(
            bars.TextColumn("{task.description}"),
            bars.BarColumn(bar_width=24),
            bars.TextColumn("{task.completed:.0f}/{task.total:.0f}"),
            bars.TextColumn("{task.fields[note]}"),
            console=self.console,
            transient=True,
        )
        self.running: dict[Job, bars.TaskID] = {}

    @contextmanager
    def live(self, done: int, *, names: Mapping[str, str]) -> Iterator[None]:
        """Shows the bars while the jobs run; `done` trainings are there already.

        Args:
            names: network key -> name; a search adds to it.
        """
        self.names = names
        self.done, self.missing = done, self.planned - done
        self.started_s = time.monotonic()
        self.total = self.bars.add_task("trainings", total=self.planned, completed=self.done, note="")
        if self.missing <= 0:  # of a search, whose number of trainings is an expectation, some may be left
            self.console.print(f"All {self.planned} trainings are there; none to do.", highlight=False)
            yield
            return
        at_once = f", {self.workers} at a time" if self.workers else ""
        self.console.print(f"{self.missing} of {self.planned} trainings to do{at_once}.", highlight=False)
        with self.bars:
            yield

    def update(self, event: Event) -> None:
        """Shows what happened."""
        if isinstance(event, NodeChanged):
            self.console.print(event.text, markup=False, highlight=False, soft_wrap=True)
        elif isinstance(event, JobStarted):
            name = f"  {self._name(event.job)}"
            self.running[event.job] = self.bars.add_task(
                name, total=self.epochs, note="starting" if event.job.epochs else "measuring"
            )
        elif isinstance(event, EpochEnded):
            note = score_text(self.score, event.epoch.score)
            self.bars.update(self.running[event.job], completed=event.epoch.epoch, note=note)
        else:
            self.bars.remove_task(self.running.pop(event.job))
            if not isinstance(event, MeasurementEnded):
                self._end(event)

    def _end(self, event: TrainingEnded | JobLost) -> None:
        ended = int(event.job.epochs > 0 and not isinstance(event, JobLost))
        self.done, self.trained = self.done + ended, self.trained + ended
        left = f"{duration(self.left_s)} left" if self.left_s > 0 else ""
        self.bars.update(self.total, completed=self.done, note=left)
        line = f"{self.done}/{self.planned}  {self._name(event.job)}: {_result(event)}"
        self.console.print(line + (f"  ({left})" if left else ""), highlight=False)

    @property
    def left_s(self) -> float:
        """Seconds until the end, at the pace so far."""
        pace = (time.monotonic() - self.started_s) / max(1, self.trained)
        return pace * (self.missing - self.trained)

    def _name(self, job: Job) -> str:
        return escape(f"{self.names[job.run.network.key]}, seed {job.run.seed}")


def _networks(plan: Plan) -> float:
    """Networks to train; each rung adds those expected to be promoted from it."""
    if plan.search is None:
        return len(plan.variants)
    rungs = plan.search.rungs
    shares = [rungs.keep**i for i in range(len(rungs.epochs) + 1)] if rungs else [1.0]
    return plan.search.trials * sum(shares)


def _result(event: TrainingEnded | JobLost) -> str:
    if isinstance(event, JobLost):
        return f"[red]lost: {escape(failure_reason(event.reason))}; it is started once more[/red]"
    evaluation = event.evaluation
    if evaluation.status == "paused":
        reached = evaluation.curve[-1]
        return f"{score_text(evaluation.task.score, reached.score)} at epoch {reached.epoch}, paused"
    if evaluation.score is None:
        return f"[red]failed: {escape(failure_reason(evaluation.error))}[/red]"
    return f"{score_text(evaluation.task.score, evaluation.score)} in {duration(evaluation.train_s)}"
