"""A box, a class and a mask for each thing: the detector's own losses, scored by COCO's average precision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from moat_lab.heads import HEADS
from moat_lab.tasks import _detecting
from moat_lab.tasks.task import Task

if TYPE_CHECKING:
    from torch import Tensor


def results(totals: Mapping[str, Tensor], images: int) -> dict[str, float]:
    """Average precision of boxes, and of masks."""
    boxes = _detecting.precisions(totals, "box_ap", "bbox")
    return boxes | _detecting.precisions(totals, "mask_ap", "segm")


ENDS = ("", "50", "75", "_small", "_medium", "_large")
TASK = Task(
    scores=(*(f"box_ap{end}" for end in ENDS), *(f"mask_ap{end}" for end in ENDS)),
    outputs=_detecting.outputs,
    loss=_detecting.loss,
    totals=_detecting.totals,
    appended=_detecting.APPENDED,
    results=results,
    labels="objects",
    guided=True,
    head=HEADS["mask_rcnn"](),
)
