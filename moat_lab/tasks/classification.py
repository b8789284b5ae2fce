"""One class for each image: cross-entropy on a linear head, scored by top-1 and top-5."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from moat_lab.data import Dataset
from moat_lab.tasks.task import Task

if TYPE_CHECKING:
    from torch import Tensor

TOP = 5


def outputs(source: Dataset) -> int:
    """A logit for each class."""
    return source.num_classes


def cross_entropy(
    outputs: Tensor,
    labels: Tensor,
    *,
    label_smoothing: float = 0.0,
    reduction: Literal["mean", "none"] = "mean",
) -> Tensor:
    """Logits (N, K) and classes (N,), or shares of classes (N, K) where images were mixed."""
    from torch.nn import functional as F

    return F.cross_entropy(outputs, labels, label_smoothing=label_smoothing, reduction=reduction)


def totals(logits: Tensor, labels: Tensor) -> dict[str, Tensor]:
    """Logits (N, K) and classes (N,) -> the sum of cross-entropies; right at first; right among five."""
    from torch.nn import functional as F

    best = logits.topk(min(TOP, logits.shape[1])).indices
    return {
        "loss": F.cross_entropy(logits.float(), labels, reduction="sum"),
        "right": (logits.argmax(dim=1) == labels).sum(),
        "right5": (best == labels[:, None]).sum(),
    }


def results(totals: Mapping[str, Tensor], images: int) -> dict[str, float]:
    """The share of images whose class has the highest logit, or one of the five highest."""
    return {"top1": int(totals["right"]) / images, "top5": int(totals["right5"]) / images}


TASK = Task(scores=("top1", "top5"), outputs=outputs, loss=cross_entropy, totals=totals, results=results)
