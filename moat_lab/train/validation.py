"""The validation of a model: its loss and accuracy on images that it was not trained on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

import torch
import torch.nn.functional as F
from torch import nn
from torch.func import vmap

from moat_lab.train.batches import WHOLE_BATCH, BatchShare, Images
from moat_lab.train.replay import Replay
from moat_lab.train.resident import Resident

TOP = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationResult:
    """Over some images: the sum of their cross-entropies, and how many are right.

    Args:
        right5: the label is among the five classes with the highest scores, or among all where fewer are.
    """

    loss_sum: float = 0.0
    right: int = 0
    right5: int = 0
    images: int = 0

    @property
    def loss(self) -> float:
        """Mean cross-entropy."""
        return self.loss_sum / self.images

    @property
    def top1(self) -> float:
        return self.right / self.images

    @property
    def top5(self) -> float:
        return self.right5 / self.images


@torch.no_grad()
def validate(
    model: nn.Module, batches: Iterable[tuple[torch.Tensor, torch.Tensor]], autocast: torch.autocast
) -> ValidationResult:
    """The model, in eval mode, on all the batches; it waits for the device once, at the end."""
    model.eval()
    sums, images = RunningSums(), 0
    for x, y in batches:
        sums = sums.after(model, x, y, autocast)
        images += len(y)
    return sums.results(images)[0]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RunningSums:
    """Over the images so far, on the device: () of one model, (S,) of the seeds in a `Stack`."""

    loss: torch.Tensor | float = 0.0
    right: torch.Tensor | int = 0
    right5: torch.Tensor | int = 0

    def after(
        self, model: nn.Module, x: torch.Tensor, y: torch.Tensor, autocast: torch.autocast
    ) -> RunningSums:
        """With another batch."""
        with autocast:
            scores = model(x)
        counted = partial(_counted, y)
        loss, right, right5 = (counted if scores.ndim == 2 else vmap(counted))(scores)
        return RunningSums(loss=self.loss + loss, right=self.right + right, right5=self.right5 + right5)

    def results(self, images: int) -> list[ValidationResult]:
        """One for each model; waits for the device."""
        numbers = [torch.as_tensor(of).reshape(-1).tolist() for of in (self.loss, self.right, self.right5)]
        return [
            ValidationResult(loss_sum=loss, right=right, right5=right5, images=images)
            for loss, right, right5 in zip(*numbers, strict=True)
        ]


def _counted(labels: torch.Tensor, scores: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """The sum of cross-entropies of (N, K), and how many are right, and right among five."""
    loss = F.cross_entropy(scores.float(), labels, reduction="sum")
    best = scores.topk(min(TOP, scores.shape[1])).indices
    right = (scores.argmax(dim=1) == labels).sum()
    return loss, right, (best == labels[:, None]).sum()


class Validation:
    """A model, or the seeds in a `Stack`, validated again and again on the same images.

    Args:
        replayed: whether a validation is one CUDA graph, on a GPU with images that live there.
    """

    def __init__(
        self,
        model: nn.Module,
        val: Images,
        autocast: torch.autocast,
        share: BatchShare = WHOLE_BATCH,
        *,
        replayed: bool = True,
    ) -> None:
        self.model, self.val, self.autocast, self.share = model, val, autocast, share
        self.sums, self.images = RunningSums(), 0
        self.replay = Replay(val.labels.device, warm_up=1) if replayed and isinstance(val, Resident) else None

    @torch.no_grad()
    def __call__(self) -> list[ValidationResult]:
        """One for each model."""
        self.model.eval()
        if self.replay:
            self.replay(self._run)
        else:
            self._run()
        return self.sums.results(self.images)

    def _run(self) -> None:
        self.sums, self.images = RunningSums(), 0
        for x, y in self.val.in_order(self.share):
            self.sums = self.sums.after(self.model, x, y, self.autocast)
            self.images += len(y)
