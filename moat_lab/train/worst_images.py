"""The images on which a model does worst, with labels and predictions, kept during a validation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from moat_lab.report.predictions import PredictedImage
from moat_lab.tasks import Task
from moat_lab.train.batches import BatchLabels

Ranked = tuple[float, float, int, PredictedImage]


class WorstImages:
    """Called with each batch of a validation; keeps `most` images, those of the lowest main score first.

    Of images with the same score those of the higher loss come first. The score is an image's alone.

    Args:
        mean: of each channel, pixels, (1, C, 1, 1); `deviation` likewise.
    """

    def __init__(self, task: Task, most: int, mean: torch.Tensor, deviation: torch.Tensor) -> None:
        assert task.overlays is not None, "the caller asks whether the task has pictures"
        self.task, self.most, self.mean, self.deviation = task, most, mean, deviation
        self.ranked: list[Ranked] = []
        self.images = 0

    def __call__(self, x: torch.Tensor, y: BatchLabels, outputs: Any) -> None:
        for at in range(len(y)):
            self._add(x[at : at + 1], y[at : at + 1], _of_image(outputs, at))

    @property
    def worst(self) -> tuple[PredictedImage, ...]:
        """The worst first."""
        return tuple(image for *_, image in self.ranked)

    def _add(self, x: torch.Tensor, y: BatchLabels, outputs: Any) -> None:
        totals = self.task.totals(outputs, y)
        score, loss = self.task.results(totals, 1)[self.task.score], float(totals["loss"])
        self.images += 1
        order = (score, -loss, self.images)
        if len(self.ranked) < self.most or order < self.ranked[-1][:3]:
            self.ranked.append((*order, self._picture(x, y, outputs, score)))
            self.ranked = sorted(self.ranked, key=lambda each: each[:3])[: self.most]

    def _picture(self, x: torch.Tensor, y: BatchLabels, outputs: Any, score: float) -> PredictedImage:
        assert self.task.overlays is not None
        pixels = (x * self.deviation + self.mean).round().clamp(0, 255)[0].to(torch.uint8)
        label, prediction = self.task.overlays(outputs, y)
        shown = pixels.permute(1, 2, 0).contiguous().cpu().numpy()
        return PredictedImage(pixels=shown, score=score, label=label, prediction=prediction)


def _of_image(outputs: Any, at: int) -> Any:
    """Of a batch's outputs those of one image; a detector's loss is its batch's."""
    if isinstance(outputs, Mapping):
        return {**outputs, "found": outputs["found"][at : at + 1]}
    return outputs[at : at + 1]
