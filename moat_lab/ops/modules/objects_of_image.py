"""The things of a batch as torchvision's detectors want them: a dictionary for each image."""

from __future__ import annotations

from typing import Any

import torch


def things_of_each(objects: Any, *, first: int, masks: bool) -> list[dict[str, torch.Tensor]]:
    """Boxes (M, 4), labels (M,) and masks (M, H, W) uint8 of what each image has; crowds are left out.

    Args:
        first: what class 0 is called.
    """
    wanted = []
    for classes, boxes, crowd, instances in zip(
        objects.classes, objects.boxes, objects.crowd, objects.instances, strict=True
    ):
        places = ((classes >= 0) & ~crowd).nonzero()[:, 0]
        target = {"boxes": boxes[places].float(), "labels": classes[places].long() + first}
        if masks:
            target["masks"] = (instances[None] == places[:, None, None]).to(torch.uint8)
        wanted.append(target)
    return wanted
