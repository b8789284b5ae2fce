"""What is drawn over an image: the class of each pixel, or boxes with classes and masks.

A task's `overlays` gives two for an image, of its label and of the prediction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OverlayBox:
    """A thing in an image.

    Args:
        corners: left, top, right and bottom, pixels.
        score: of a prediction; None of a label.
        mask: (H, W) bool, where there is one.
    """

    corners: tuple[float, float, float, float]
    number: int
    """Of its class."""
    score: float | None = None
    mask: NDArray[Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Overlay:
    """Over an image of H x W pixels.

    Args:
        classes: (H, W) numbers of classes; 255 is a pixel of no known class.
        boxes: what was found or is there.
    """

    classes: NDArray[Any] | None = None
    boxes: tuple[OverlayBox, ...] = ()
