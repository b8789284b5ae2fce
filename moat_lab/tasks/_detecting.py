"""What detection and instances have in common: a loss that the detector has made, and what it found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from moat_lab.data import Dataset

if TYPE_CHECKING:
    from torch import Tensor

APPENDED = frozenset({"lines"})


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


def precisions(totals: Mapping[str, Tensor], name: str, kind: Literal["bbox", "segm"]) -> dict[str, float]:
    """The scores called `name` and more; those of sizes of which nothing is there are left out.

    Where nothing is there at all, the main one is 0: a network cannot be told to be good by it.
    """
    from moat_lab.tasks._average_precision import average_precisions
    from moat_lab.tasks._found_lines import images_of

    found = average_precisions(images_of(totals["lines"]), kind)
    return {f"{name}{end}": value or 0.0 for end, value in found.items() if value is not None or not end}
