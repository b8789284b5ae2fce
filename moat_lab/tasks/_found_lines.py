"""What was found in images and what is there, as lines of JSON: one line is one image, in COCO's terms.

They are bytes in a tensor, so that batches and processes can be appended in any order.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import torch

THERE, FOUND = "there", "found"
MASK_FROM = 0.5
"""The probability from which on a pixel is the thing's."""


def lines(found: Sequence[Mapping[str, torch.Tensor]], objects: Any) -> torch.Tensor:
    """(B,) uint8: a line for each image.

    Args:
        found: boxes (D, 4), scores (D,), labels (D,), and masks (D, 1, M, M) in the boxes if it
            has some.
        objects: the `Objects` of as many images.
    """
    import torch

    there = objects.each(lambda values: values.cpu().numpy())
    rows = [{THERE: _there(there, at), FOUND: _found(each, there, at)} for at, each in enumerate(found)]
    text = "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows)
    return torch.frombuffer(bytearray(text, "ascii"), dtype=torch.uint8)


def images_of(lines: torch.Tensor) -> list[dict[str, list[dict[str, Any]]]]:
    """What is there and what was found in each image."""
    return [json.loads(line) for line in lines.numpy().tobytes().splitlines()]


def _there(objects: Any, at: int) -> list[dict[str, Any]]:
    """Things without a pixel of their own have the area of their box."""
    things = []
    for place in np.flatnonzero(objects.classes[at] >= 0).tolist():
        mask, box = objects.instances[at] == place, _box(objects.boxes[at, place])
        things.append(
            {
                "category_id": int(objects.classes[at, place]),
                "bbox": box,
                "area": int(mask.sum()) or box[2] * box[3],
                "iscrowd": int(objects.crowd[at, place]),
                "segmentation": encoded(mask),
            }
        )
    return things


def _found(found: Mapping[str, torch.Tensor], objects: Any, at: int) -> list[dict[str, Any]]:
    boxes, scores, labels = (found[name].cpu() for name in ("boxes", "scores", "labels"))
    things = [
        {"category_id": label, "bbox": _box(box), "score": score}
        for box, score, label in zip(boxes.numpy(), scores.tolist(), labels.tolist(), strict=True)
    ]
    if "masks" in found:
        for thing, mask in zip(things, _pasted(found["masks"].cpu(), boxes, objects, at), strict=True):
            thing["segmentation"] = encoded(mask)
    return things


def _pasted(masks: torch.Tensor, boxes: torch.Tensor, objects: Any, at: int) -> Any:
    from torchvision.models.detection.roi_heads import paste_masks_in_image

    pasted = paste_masks_in_image(masks.float(), boxes.float(), objects.instances[at].shape)
    return (pasted[:, 0] >= MASK_FROM).numpy()


def _box(corners: Any) -> list[float]:
    """Left, top, width, height."""
    left, top, right, bottom = (float(each) for each in corners)
    return [left, top, right - left, bottom - top]


def encoded(mask: Any) -> dict[str, Any]:
    """(H, W) as COCO's runs."""
    from faster_coco_eval.core import mask as runs

    rle = runs.encode(np.asfortranarray(mask.astype(np.uint8)))
    counts = rle["counts"]
    return {
        "size": [int(side) for side in rle["size"]],
        "counts": counts.decode("ascii") if isinstance(counts, bytes) else counts,
    }


def decoded(mask: Mapping[str, Any]) -> Any:
    """COCO's runs as (H, W) bool."""
    from faster_coco_eval.core import mask as runs

    return runs.decode(dict(mask)).astype(bool)
