"""The figure of predictions: a row for each image, with the image, its label and the prediction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from moat_lab.report.predictions import PredictedImage, PredictionsInfo
from moat_lab.report.style import blank_figure
from moat_lab.tasks.overlay import Overlay, OverlayBox

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLUMNS = ("image", "label", "prediction")
OPACITY = 0.75
GREYS = (0.299, 0.587, 0.114)
"""Shares of red, green and blue in the grey image below the classes, as in ITU-R BT.601."""
NO_CLASS = 255
ROW, TOP, KEY_ROW = 1.1, 0.2, 0.14
"""Heights of a row of images, of the titles, and of a line of the key, inches."""
KEY_COLUMNS = 4
MOST_NAMES = 12
"""In the key: of data with hundreds of classes the first ones that are seen."""


def draw_predictions(info: PredictionsInfo) -> Figure:
    """One row an image; the key names the classes that are seen."""
    seen = classes_seen(info)[:MOST_NAMES]
    below = 0.08 + KEY_ROW * -(-len(seen) // KEY_COLUMNS)
    height = TOP + ROW * len(info.images) + below
    figure = blank_figure(height)
    grid = figure.add_gridspec(
        len(info.images), len(COLUMNS), left=0.08, right=0.99, top=1 - TOP / height, bottom=below / height,
        wspace=0.03, hspace=0.05,
    )  # fmt: skip
    for row, image in enumerate(info.images):
        axes = [figure.add_subplot(grid[row, column]) for column in range(len(COLUMNS))]
        _draw_row(axes, image, info)
        if row == 0:
            for title, each in zip(COLUMNS, axes, strict=True):
                each.set_title(title, fontsize=7, pad=2)
    _draw_key(figure, seen, info, below / height)
    return figure


def classes_seen(info: PredictionsInfo) -> list[int]:
    """Numbers of the classes in labels and predictions, ascending."""
    seen: set[int] = set()
    for image in info.images:
        for overlay in (image.label, image.prediction):
            seen |= {box.number for box in overlay.boxes}
            if overlay.classes is not None:
                seen |= {int(number) for number in np.unique(overlay.classes)} - {NO_CLASS}
    return sorted(seen)


def grey(pixels: NDArray[Any]) -> NDArray[Any]:
    """(H, W, C) -> (H, W), so that the colours on it are those of the classes."""
    return pixels @ np.array(GREYS) if pixels.shape[-1] == len(GREYS) else pixels[..., 0]


def class_colour(number: int) -> tuple[float, float, float]:
    """Of the ten colours of matplotlib's first palette; class 10 has that of class 0 again."""
    from matplotlib import colormaps

    red, green, blue, _ = colormaps["tab10"](number % 10)
    return red, green, blue


def _draw_row(axes: list[Axes], image: PredictedImage, info: PredictionsInfo) -> None:
    for each, overlay in zip(axes, (None, image.label, image.prediction), strict=True):
        below = grey(image.pixels) if overlay and overlay.classes is not None else image.pixels.squeeze()
        each.imshow(below, cmap="gray", vmin=0, vmax=255, interpolation="nearest")
        each.set(xticks=[], yticks=[])
        each.spines[:].set_visible(False)
        if overlay is not None:
            _draw_overlay(each, overlay)
    axes[0].set_ylabel(f"{info.title} {100 * image.score:.0f} %", fontsize=6)


def _draw_overlay(axes: Axes, overlay: Overlay) -> None:
    if overlay.classes is not None:
        axes.imshow(_coloured(overlay.classes), interpolation="nearest")
    for box in overlay.boxes:
        _draw_box(axes, box)


def _draw_box(axes: Axes, box: OverlayBox) -> None:
    from matplotlib.patches import Rectangle

    left, top, right, bottom = box.corners
    colour = class_colour(box.number)
    if box.mask is not None:
        axes.imshow(_coloured(np.where(box.mask, box.number, NO_CLASS)), interpolation="nearest")
    axes.add_patch(
        Rectangle((left - 0.5, top - 0.5), right - left, bottom - top, fill=False, color=colour, lw=0.9)
    )
    if box.score is not None:
        axes.text(left, top + 1, f"{100 * box.score:.0f}", fontsize=4, va="top", color="white").set_bbox(
            {"facecolor": colour, "pad": 0.3, "linewidth": 0}
        )


def _coloured(classes: NDArray[Any]) -> NDArray[Any]:
    """(H, W, 4): each class in its colour; a pixel of no class shows the image."""
    pixels = np.zeros((*classes.shape, 4))
    for number in np.unique(classes):
        if number != NO_CLASS:
            pixels[classes == number] = (*class_colour(int(number)), OPACITY)
    return pixels


def _draw_key(figure: Figure, seen: list[int], info: PredictionsInfo, below: float) -> None:
    from matplotlib.patches import Patch

    patches = [Patch(color=class_colour(number), label=info.name(number)) for number in seen]
    figure.legend(
        handles=patches, loc="upper center", bbox_to_anchor=(0.5, below), ncols=KEY_COLUMNS, frameon=False,
        fontsize=6, handlelength=1, columnspacing=1, borderpad=0.2, labelspacing=0.2,
    )  # fmt: skip
