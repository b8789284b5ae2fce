"""What a task is: a head, a loss, and the scores by which networks are compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from moat_lab.data import Dataset
from moat_lab.data.labelled_images import LabelKind
from moat_lab.metrics import METRICS, Metric
from moat_lab.ops import Head
from moat_lab.tasks.overlay import Overlay

if TYPE_CHECKING:
    from torch import Tensor


class Loss(Protocol):
    """Outputs of N images and their labels -> the mean loss (), or each image's (N,) for `none`.

    Labels are what the dataset gives, a batch of them: classes (N,), maps (N, H, W), or `Objects`.
    """

    def __call__(
        self,
        outputs: Any,
        labels: Any,
        *,
        label_smoothing: float = 0.0,
        reduction: Literal["mean", "none"] = "mean",
    ) -> Tensor: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a network learns from a dataset's images and labels.

    Args:
        scores: names of metrics that are measured on val, the main one first: studies compare networks by it,
            and trainings keep their best weights by it.
        outputs: channels of the head for a dataset.
        loss: in float32.
        totals: outputs and labels of a batch -> what adds up over batches, seeds apart, and processes;
            `loss`, the sum over the images, is among it.
        appended: names of totals that do not add up, such as predictions: vectors of bytes, one batch's and
            one process's behind the other's.
        results: totals and the number of images -> each of `scores`, a fraction.
        labels: what it learns from: datasets of other labels are refused.
        guided: whether a model takes the labels beside the images, as detectors do; its outputs are then what
            `loss` makes a loss of.
        head: that of recipes which name none; None is the linear classifier.
        class_scores: totals and the number of classes -> title of a score -> each class's; None of those
            that do not occur.
        overlays: outputs and labels of a batch of one image -> what to draw over it: label and prediction.
    """

    scores: tuple[str, ...]
    outputs: Callable[[Dataset], int]
    loss: Loss
    totals: Callable[[Any, Any], dict[str, Tensor]]
    results: Callable[[Mapping[str, Tensor], int], dict[str, float]]
    appended: frozenset[str] = frozenset()
    labels: LabelKind = "classes"
    guided: bool = False
    head: Head | None = None
    class_scores: Callable[[Mapping[str, Tensor], int], dict[str, list[float | None]]] | None = None
    overlays: Callable[[Any, Any], tuple[Overlay, Overlay]] | None = None

    @property
    def score(self) -> str:
        """The name of the main score."""
        return self.scores[0]

    @property
    def metric(self) -> Metric:
        """The main score, for tables and axes."""
        return METRICS[self.score]
