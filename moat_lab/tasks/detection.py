"""A box and a class for each thing: the detector's own losses, scored by COCO's average precision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from moat_lab.heads import HEADS
from moat_lab.tasks import _detecting
from moat_lab.tasks.task import Task

if TYPE_CHECKING:
    from torch import Tensor


def results(totals: Mapping[str, Tensor], images: int) -> dict[str, float]:
    """Average precision of boxes; of one overlap; and of the sizes that are there."""
    return _detecting.precisions(totals, "box_ap", "bbox")


TASK = Task(
    scores=("box_ap", "box_ap50", "box_ap75", "box_ap_small", "box_ap_medium", "box_ap_large"),
    outputs=_detecting.outputs,
    loss=_detecting.loss,
    totals=_detecting.totals,
    appended=_detecting.APPENDED,
    results=results,
    labels="objects",
    guided=True,
    head=HEADS["fcos"](),
)
