"""What a model says of images that it was not trained on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import nn

TOP = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
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


@contextmanager
def convolutions_in_float32() -> Iterator[None]:
    """Where cuDNN would take TF32, which has ten bits after the point; the setting is given back."""
    before = torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        torch.backends.cudnn.allow_tf32 = before


@torch.no_grad()
def look(
    model: nn.Module, batches: Iterable[tuple[torch.Tensor, torch.Tensor]], autocast: torch.autocast
) -> Seen:
    """What the model, in eval mode, makes of all the batches; it waits for the device once, at the end."""
    model.eval()
    loss: torch.Tensor | float = 0.0
    right: torch.Tensor | int = 0
    right5: torch.Tensor | int = 0
    images = 0
    for x, y in batches:
        with autocast:
            scores = model(x)
        loss = loss + F.cross_entropy(scores.float(), y, reduction="sum")
        best = scores.topk(min(TOP, scores.shape[1])).indices
        right = right + (scores.argmax(dim=1) == y).sum()
        right5 = right5 + (best == y[:, None]).sum()
        images += len(y)
    return Seen(loss_sum=float(loss), right=int(right), right5=int(right5), images=images)
