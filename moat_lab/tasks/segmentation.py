"""A class for each pixel: cross-entropy, scored by the mean intersection over union of the classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from moat_lab.data import Dataset
from moat_lab.data.labelled_images import IGNORED
from moat_lab.heads import HEADS
from moat_lab.tasks.overlay import Overlay
from moat_lab.tasks.task import Task

if TYPE_CHECKING:
    from torch import Tensor


def outputs(source: Dataset) -> int:
    """A map of logits for each class."""
    return source.num_classes


def cross_entropy(
    outputs: Tensor,
    labels: Tensor,
    *,
    label_smoothing: float = 0.0,
    reduction: Literal["mean", "none"] = "mean",
) -> Tensor:
    """Logits (N, K, H, W) and maps of classes (N, H, W) -> the mean over the pixels that have a class.

    Each image counts the same, however many such pixels it has: shares of a batch then add up to it. One
    that has none counts 0.
    """
    import torch
    from torch.nn import functional as F

    # Pixel by pixel: torch's loss of whole maps has no deterministic form on a GPU.
    logits, classes = outputs.permute(0, 2, 3, 1).flatten(0, 2), labels.flatten().long()
    losses = F.cross_entropy(
        logits, classes, ignore_index=IGNORED, label_smoothing=label_smoothing, reduction="none"
    ).reshape(len(labels), -1)
    known = (labels != IGNORED).flatten(1).sum(dim=1)
    of_images = losses.sum(dim=1) / torch.clamp(known, min=1)
    return of_images.mean() if reduction == "mean" else of_images


def totals(logits: Tensor, labels: Tensor) -> dict[str, Tensor]:
    """Logits and maps of classes -> the sum of the images' losses, and the confusion matrix (K, K).

    Its rows are the labels, its columns the predictions; it counts pixels.
    """
    import torch

    classes, known = logits.shape[1], labels != IGNORED
    pairs = torch.where(known, labels.long() * classes + logits.argmax(dim=1), classes**2).flatten()
    counts = torch.zeros(classes**2 + 1, dtype=torch.int64, device=logits.device)
    counts = counts.index_add(0, pairs, torch.ones_like(pairs))
    return {
        "loss": cross_entropy(logits.float(), labels, reduction="none").sum(),
        "confusion": counts[:-1].reshape(classes, classes),
    }


def class_scores(totals: Mapping[str, Tensor], classes: int) -> dict[str, list[float | None]]:
    """The intersection over union of each class, whose mean is the score."""
    return {"IoU": class_ious(totals)}


def class_ious(totals: Mapping[str, Tensor]) -> list[float | None]:
    """Intersection over union of each class; None where neither labels nor predictions have it.

    Source: Everingham et al. 2010, The Pascal Visual Object Classes Challenge, section 4.
    """
    confusion = totals["confusion"].double()
    shared = confusion.diagonal()
    union = confusion.sum(dim=0) + confusion.sum(dim=1) - shared
    pairs = zip(shared.tolist(), union.tolist(), strict=True)
    return [both / either if either else None for both, either in pairs]


def results(totals: Mapping[str, Tensor], images: int) -> dict[str, float]:
    """The mean over the classes that occur, and the share of pixels whose class is right."""
    ious = [iou for iou in class_ious(totals) if iou is not None]
    confusion = totals["confusion"]
    return {
        "miou": sum(ious) / max(1, len(ious)),
        "pixel_accuracy": int(confusion.diagonal().sum()) / max(1, int(confusion.sum())),
    }


def overlays(logits: Tensor, labels: Tensor) -> tuple[Overlay, Overlay]:
    """The classes of one image's pixels: as they are labelled, and as they are predicted."""
    return Overlay(classes=labels[0].cpu().numpy()), Overlay(classes=logits[0].argmax(dim=0).cpu().numpy())


TASK = Task(
    scores=("miou", "pixel_accuracy"),
    outputs=outputs,
    loss=cross_entropy,
    totals=totals,
    results=results,
    labels="maps",
    head=HEADS["deeplabv3plus"](),
    class_scores=class_scores,
    overlays=overlays,
)
