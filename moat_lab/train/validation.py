"""The validation of a model: its loss and scores on images that it was not trained on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.func import vmap

from moat_lab.tasks import Task
from moat_lab.train.batches import WHOLE_BATCH, Batch, BatchLabels, BatchShare, Images
from moat_lab.train.replay import Replay
from moat_lab.train.resident import Resident
from moat_lab.train.stacked import Stack

OnBatch = Callable[[torch.Tensor, BatchLabels, Any], None]
"""Told of each batch: images, labels and outputs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationResult:
    """Over some images: what the task adds up of them, on the CPU."""

    task: Task
    totals: Mapping[str, torch.Tensor]
    images: int

    @property
    def loss(self) -> float:
        """The mean over the images."""
        return float(self.totals["loss"]) / self.images

    @property
    def scores(self) -> dict[str, float]:
        """Fractions by name, the task's main score first."""
        return self.task.results(self.totals, self.images)


@torch.no_grad()
def validate(
    task: Task,
    model: nn.Module,
    batches: Iterable[Batch],
    autocast: torch.autocast,
    on_batch: OnBatch | None = None,
) -> ValidationResult:
    """The model, in eval mode, on all the batches; it waits for the device once, at the end."""
    model.eval()
    running = RunningTotals(task, model, autocast, on_batch)
    for x, y in batches:
        running.add(x, y)
    return running.results()[0]


class RunningTotals:
    """What a task adds up over the images so far, on the device; (S, ...) of the seeds in a `Stack`."""

    def __init__(
        self, task: Task, model: nn.Module, autocast: torch.autocast, on_batch: OnBatch | None = None
    ) -> None:
        self.task, self.model, self.autocast, self.images = task, model, autocast, 0
        self.on_batch = on_batch
        self.totals: dict[str, torch.Tensor] = {}
        self.stacked = isinstance(model, Stack)

    def add(self, x: torch.Tensor, y: BatchLabels) -> None:
        """Another batch."""
        with self.autocast:
            outputs = self.model(x, y) if self.task.guided else self.model(x)
        count = vmap(self.task.totals, in_dims=(0, None)) if self.stacked else self.task.totals
        for name, total in count(outputs, y).items():
            self.totals[name] = self._joined(name, total)
        self.images += len(y)
        if self.on_batch:
            self.on_batch(x, y, outputs)

    def _joined(self, name: str, total: torch.Tensor) -> torch.Tensor:
        if name not in self.totals:
            return total
        if name in self.task.appended:
            return torch.cat([self.totals[name], total])
        return self.totals[name] + total

    def results(self) -> list[ValidationResult]:
        """One for each model; waits for the device."""
        totals = {name: total.cpu() for name, total in self.totals.items()}
        if not self.stacked:
            return [self._result(totals)]
        seeds = range(len(next(iter(totals.values()))))
        return [self._result({name: total[seed] for name, total in totals.items()}) for seed in seeds]

    def _result(self, totals: Mapping[str, torch.Tensor]) -> ValidationResult:
        return ValidationResult(task=self.task, totals=totals, images=self.images)


class Validation:
    """A model, or the seeds in a `Stack`, validated again and again on the same images.

    Args:
        replayed: whether a validation is one CUDA graph, on a GPU with images that live there.
    """

    def __init__(
        self,
        task: Task,
        model: nn.Module,
        val: Images,
        autocast: torch.autocast,
        share: BatchShare = WHOLE_BATCH,
        *,
        replayed: bool = True,
    ) -> None:
        self.task, self.model, self.val, self.autocast, self.share = task, model, val, autocast, share
        self.running = RunningTotals(task, model, autocast)
        # What a detector finds is counted on the CPU.
        replayed = replayed and isinstance(val, Resident) and not task.guided
        self.replay = Replay(val.mean.device, warm_up=1) if replayed else None

    @torch.no_grad()
    def __call__(self) -> list[ValidationResult]:
        """One for each model."""
        self.model.eval()
        if self.replay:
            self.replay(self._run)
        else:
            self._run()
        return self.running.results()

    def _run(self) -> None:
        self.running = RunningTotals(self.task, self.model, self.autocast)
        for x, y in self.val.in_order(self.share):
            self.running.add(x, y)
