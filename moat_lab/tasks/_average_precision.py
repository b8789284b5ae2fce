"""COCO's average precision of boxes or masks.

Source: Lin et al. 2014, arXiv 1405.0312, and COCOeval of cocoapi; faster-coco-eval gives the same numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from moat_lab.errors import UserError
from moat_lab.tasks._found_lines import FOUND, THERE

NAMES = ("", "50", "75", "_small", "_medium", "_large")
"""Behind `box_ap`, in the order of COCO's summary: overlaps 0.5 to 0.95; one; sizes by 32² and 96² px."""


def average_precisions(
    images: Sequence[dict[str, list[dict[str, Any]]]], kind: Literal["bbox", "segm"]
) -> dict[str, float | None]:
    """By the end of its name; None where nothing of the size is there to be found.

    Raises:
        UserError: faster-coco-eval is not installed.
    """
    there, found = listed(images, THERE), listed(images, FOUND)
    if not found:
        # The library asks for one; what is found nowhere scores 0.
        return {name: 0.0 if sized(there, name) else None for name in NAMES}
    coco, evaluator = _library()
    truth = coco(truth_of(images, there, found))
    judged = evaluator(truth, truth.loadRes(found), kind, print_function=lambda *_: None)
    judged.evaluate()
    judged.accumulate()
    judged.summarize()
    return {
        name: value if value >= 0 else None for name, value in zip(NAMES, judged.stats.tolist(), strict=False)
    }


def class_precisions(
    images: Sequence[dict[str, list[dict[str, Any]]]], kind: Literal["bbox", "segm"], classes: int
) -> list[float | None]:
    """Of each class on its own."""
    return [average_precisions([_only(image, each) for image in images], kind)[""] for each in range(classes)]


def listed(images: Sequence[dict[str, list[dict[str, Any]]]], part: str) -> list[dict[str, Any]]:
    """The things of all images, each with a number and its image's, from 1."""
    every = [thing | {"image_id": at} for at, image in enumerate(images, 1) for thing in image[part]]
    return [thing | {"id": number} for number, thing in enumerate(every, 1)]


def truth_of(
    images: Sequence[Any], there: list[dict[str, Any]], found: list[dict[str, Any]]
) -> dict[str, list[dict[str, Any]]]:
    """COCO's annotations of these things."""
    classes = sorted({thing["category_id"] for thing in (*there, *found)})
    sides = [thing["segmentation"]["size"] for thing in there if "segmentation" in thing][:1] or [[1, 1]]
    return {
        "images": [
            {"id": at, "height": sides[0][0], "width": sides[0][1]} for at in range(1, len(images) + 1)
        ],
        "categories": [{"id": each, "name": str(each)} for each in classes],
        "annotations": there,
    }


def sized(there: list[dict[str, Any]], name: str) -> bool:
    """Whether a thing that counts has the size of the name."""
    least, most = {"_small": (0, 32**2), "_medium": (32**2, 96**2), "_large": (96**2, 1e10)}.get(
        name, (0, 1e10)
    )
    return any(not thing["iscrowd"] and least <= thing["area"] <= most for thing in there)


def _only(image: dict[str, list[dict[str, Any]]], one: int) -> dict[str, list[dict[str, Any]]]:
    return {
        part: [thing for thing in things if thing["category_id"] == one] for part, things in image.items()
    }


def _library() -> tuple[Any, Any]:
    try:
        from faster_coco_eval import COCO, COCOeval_faster
    except ModuleNotFoundError:
        raise UserError(
            "average precision: faster-coco-eval is needed; it is not installed\n"
            "  pip install 'moat-lab[downstream]'"
        ) from None
    return COCO, COCOeval_faster
