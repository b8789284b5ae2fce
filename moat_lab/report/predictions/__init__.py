"""Predictions beside labels: what the figure shows, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from moat_lab.tasks.overlay import Overlay


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PredictedImage:
    """One image with what is labelled and what is predicted.

    Args:
        pixels: (H, W, C) uint8, of one or three channels.
        score: of this image alone, a fraction.
    """

    pixels: NDArray[Any]
    score: float
    label: Overlay
    prediction: Overlay


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PredictionsInfo:
    """The images of the figure, from the first row on.

    Args:
        title: of the score that stands at each row.
        classes: names; empty where they have none.
    """

    images: tuple[PredictedImage, ...]
    title: str
    classes: tuple[str, ...] = ()

    def name(self, number: int) -> str:
        """That of a class."""
        return self.classes[number] if self.classes else f"class {number}"
