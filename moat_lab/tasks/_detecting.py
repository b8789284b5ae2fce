"""What detection and instances have in common: a loss that the detector has made, and what it found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from moat_lab.data import Dataset
from moat_lab.metrics import METRICS
from moat_lab.ops import Head
from moat_lab.tasks._average_precision import NAMES
from moat_lab.tasks.overlay import Overlay, OverlayBox
from moat_lab.tasks.task import Task

if TYPE_CHECKING:
    from torch import Tensor

Kind = Literal["bbox", "segm"]
LIKELY = 0.5
"""Least score of what is drawn."""


def detecting_task(measured: Mapping[str, Kind], head: Head) -> Task:
    """A task whose scores are the average precisions of what `measured` names, the main one first."""
    return Task(
        scores=tuple(f"{name}{end}" for name in measured for end in NAMES),
        outputs=outputs,
        loss=loss,
        totals=totals,
        appended=frozenset({"lines"}),
        results=partial(results, measured),
        labels="objects",
        guided=True,
        head=head,
        class_scores=partial(class_scores, measured),
        overlays=partial(overlays, masks="segm" in measured.values()),
    )


def outputs(source: Dataset) -> int:
    """The classes of things; the ground is a detector's own matter."""
    return source.num_classes


def loss(
    outputs: Mapping[str, Any],
    labels: Any,
    *,
    label_smoothing: float = 0.0,
    reduction: Literal["mean", "none"] = "mean",
) -> Tensor:
    """The detector's own losses, summed: it alone knows what it matched with what."""
    assert reduction == "mean", "seeds of a network with a head are trained one by one"
    made: Tensor = outputs["loss"]
    return made


def totals(outputs: Mapping[str, Any], labels: Any) -> dict[str, Tensor]:
    """The sum of the images' losses; and what was found beside what is there, a line for each image."""
    from moat_lab.tasks._found_lines import lines

    return {"loss": outputs["loss"].float() * len(labels), "lines": lines(outputs["found"], labels)}


def results(measured: Mapping[str, Kind], totals: Mapping[str, Tensor], images: int) -> dict[str, float]:
    """Each name's average precisions: of all overlaps, of one, and of the sizes that are there."""
    return {key: v for name, kind in measured.items() for key, v in precisions(totals, name, kind).items()}


def precisions(totals: Mapping[str, Tensor], name: str, kind: Kind) -> dict[str, float]:
    """The scores called `name` and more; those of sizes of which nothing is there are left out.

    Where nothing is there at all, the main one is 0: a network cannot be told to be good by it.
    """
    from moat_lab.tasks._average_precision import average_precisions
    from moat_lab.tasks._found_lines import images_of

    found = average_precisions(images_of(totals["lines"]), kind)
    return {f"{name}{end}": value or 0.0 for end, value in found.items() if value is not None or not end}


def class_scores(
    measured: Mapping[str, Kind], totals: Mapping[str, Tensor], classes: int
) -> dict[str, list[float | None]]:
    """The average precision of each class, for boxes and for masks."""
    from moat_lab.tasks._average_precision import class_precisions
    from moat_lab.tasks._found_lines import images_of

    images = images_of(totals["lines"])
    return {METRICS[name].title: class_precisions(images, kind, classes) for name, kind in measured.items()}


def overlays(outputs: Mapping[str, Any], labels: Any, *, masks: bool) -> tuple[Overlay, Overlay]:
    """The things in one image, and those found in it that are likelier there than not."""
    from moat_lab.tasks._found_lines import FOUND, THERE, images_of, lines

    image = images_of(lines(outputs["found"], labels))[0]
    found = [thing for thing in image[FOUND] if thing["score"] >= LIKELY]
    return _boxes_over(image[THERE], masks=masks), _boxes_over(found, masks=masks)


def _boxes_over(things: Sequence[Mapping[str, Any]], *, masks: bool) -> Overlay:
    return Overlay(boxes=tuple(_box_over(thing, masks=masks) for thing in things))


def _box_over(thing: Mapping[str, Any], *, masks: bool) -> OverlayBox:
    from moat_lab.tasks._found_lines import decoded

    left, top, width, height = thing["bbox"]
    return OverlayBox(
        corners=(left, top, left + width, top + height),
        number=thing["category_id"],
        score=thing.get("score"),
        mask=decoded(thing["segmentation"]) if masks else None,
    )
