"""What a person sees while a network is trained."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from rich import progress as bars
from rich.console import Console

from moat_lab.report.units import duration, score_text
from moat_lab.train.epoch_log import EpochRecord

EVERY_S = 0.5
"""How often the loss is asked for: on a GPU each time waits for it."""


class TrainingDisplay:
    """A bar over the epoch under way; a line for each that is over."""

    def __init__(self, *, quiet: bool = False, console: Console | None = None) -> None:
        self.console = console or Console(quiet=quiet)
        self.bars = bars.Progress(
            bars.TextColumn("{task.description}"),
            bars.BarColumn(bar_width=24),
            bars.TextColumn("{task.completed:.0f}/{task.total:.0f}  {task.fields[note]}"),
            console=self.console,
            transient=True,
        )

    @contextmanager
    def shown(self, *, epochs: int, steps_per_epoch: int, done: int) -> Iterator[None]:
        """Shows the bar during a training; `done` steps were taken before."""
        self.epochs, self.steps_per_epoch = epochs, steps_per_epoch
        self.done = self.done_before = done
        self.started_s = self.shown_s = time.monotonic()
        self.score = ""
        self.bar = self.bars.add_task("", total=steps_per_epoch, note="")
        with self.bars:
            yield

    def say(self, text: str) -> None:
        self.console.print(text, highlight=False, markup=False, soft_wrap=True)

    def step(self, loss: torch.Tensor) -> None:
        """One more step was taken."""
        self.done += 1
        if self.console.quiet or time.monotonic() - self.shown_s < EVERY_S:
            return
        self.shown_s = time.monotonic()
        epoch, step = divmod(self.done - 1, self.steps_per_epoch)
        self.bars.update(
            self.bar,
            description=f"epoch {epoch + 1}/{self.epochs}",
            completed=step + 1,
            note=f"loss {float(loss):.4f}{self.score}  {duration(self.left_s)} left",
        )

    def epoch(self, record: EpochRecord) -> None:
        """An epoch is over."""
        self.score, *others = [f"  {score_text(*score)}" for score in record.scores.items()]
        left = f"  {duration(self.left_s)} left" if record.epoch < self.epochs else ""
        self.say(
            f"epoch {record.epoch}/{self.epochs}  loss {record.train_loss:.4f}  val {record.val_loss:.4f}"
            f"{self.score}{''.join(others)}  {record.images_per_s:.0f} images/s{left}"
        )

    @property
    def left_s(self) -> float:
        """Seconds until the end at the pace so far, validation included."""
        pace = (time.monotonic() - self.started_s) / max(1, self.done - self.done_before)
        return pace * (self.epochs * self.steps_per_epoch - self.done)
