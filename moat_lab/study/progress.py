"""What a person sees while a study runs."""

from __future__ import annotations

import time
from collections.abc import Iterator
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
from moat_lab.records import Plan, Status, failure_reason
from moat_lab.report.units import count, duration, score_text
from moat_lab.study.activity import Activity
from moat_lab.study.folder_state import expected_trainings

_MOST_BARS = 32
"""Of trainings that run, which a screen has room for."""


class StudyProgress:
    """A bar over all trainings, for each node of several, for each training; a line for each that ends."""

    def __init__(self, plan: Plan, *, workers: int, console: Console | None = None) -> None:
        self.console = console or Console()
        self.score = plan.task.score
        self.workers, self.epochs = workers, int(plan.recipe["epochs"])
        self.planned = expected_trainings(plan)
        self.done, self.trained, self.lost, self.started_s = 0, 0, 0, time.monotonic()
        self.bars = bars.Progress(
            bars.TextColumn("{task.description}"),
            bars.BarColumn(bar_width=24),
            bars.TextColumn("{task.completed:.0f}/{task.total:.0f}"),
            bars.TextColumn("{task.fields[note]}"),
            console=self.console,
            transient=True,
        )
        self.running: dict[Job, bars.TaskID] = {}
        self.shares: dict[Job, float] = {}
        self.nodes: dict[str, bars.TaskID] = {}

    @contextmanager
    def live(self, done: int, activity: Activity) -> Iterator[None]:
        """Shows the bars while the jobs run; `done` trainings are there already."""
        self.activity = activity
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

    def notify(self, text: str) -> None:
        """Prints a line above the bars."""
        self.console.print(text, markup=False, highlight=False, soft_wrap=True)

    def update(self, event: Event) -> None:
        """Shows what happened, which `activity` has heard of."""
        if isinstance(event, NodeChanged):
            self.notify(event.text)
        elif isinstance(event, JobStarted):
            self._start(event.job)
        elif isinstance(event, EpochEnded):
            self.shares[event.job] = event.epoch.epoch / event.job.epochs
            if event.job in self.running:
                note = score_text(self.score, event.epoch.score)
                self.bars.update(self.running[event.job], completed=event.epoch.epoch, note=note)
            self._show_total()
        else:
            self.shares.pop(event.job, None)
            if event.job in self.running:
                self.bars.remove_task(self.running.pop(event.job))
            if not isinstance(event, MeasurementEnded):
                self._end(event)

    def show(self, status: Status) -> None:
        """Shows how many slots of each node are at work, and how fast; may be called by another thread."""
        nodes = status.nodes if len(status.nodes) > 1 or self.nodes else {}
        for node, slots in nodes.items():
            if node not in self.nodes:
                self.nodes[node] = self.bars.add_task(f"  {escape(node)}", note="")
            busy, speed = sum(bool(slot.training) for slot in slots), status.images_per_s.get(node, 0.0)
            note = f"slots, {speed:,.0f} images/s" if speed else "slots"
            self.bars.update(self.nodes[node], total=len(slots), completed=busy, note=note)
        for node in self.nodes.keys() - nodes.keys():
            self.bars.remove_task(self.nodes.pop(node))

    def _start(self, job: Job) -> None:
        if len(self.running) < _MOST_BARS:
            name = f"  {escape(f'{self.activity.place(job)}  '.lstrip() + self.activity.name(job))}"
            note = "starting" if job.epochs else "measuring"
            self.running[job] = self.bars.add_task(name, total=self.epochs, note=note)

    def _end(self, event: TrainingEnded | JobLost) -> None:
        ended = int(event.job.epochs > 0 and not isinstance(event, JobLost))
        self.done, self.trained = self.done + ended, self.trained + ended
        self.lost += isinstance(event, JobLost)
        self._show_total()
        line = f"{self.done}/{self.planned}  {escape(self.activity.name(event.job))}: {_result(event)}"
        left = f"  ({self._left})" if self._left else ""
        self.console.print(line + left, highlight=False, soft_wrap=True)

    def _show_total(self) -> None:
        lost = f"{count(self.lost, 'job')} lost and started again" if self.lost else ""
        note = ", ".join(filter(None, (self._left, lost)))
        self.bars.update(self.total, completed=self.done, note=note)

    @property
    def _left(self) -> str:
        return f"{duration(self.left_s)} left" if self.left_s > 0 else ""

    @property
    def left_s(self) -> float:
        """Seconds until the end, at the pace so far; trainings that run count for the epochs they have."""
        trained = self.trained + sum(self.shares.values())
        return (time.monotonic() - self.started_s) / trained * (self.missing - trained) if trained else 0.0


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
