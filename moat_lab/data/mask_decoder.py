"""A mask's bytes as the class of each pixel, or why they are none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from moat_lab.data.image_decoder import (
    Box,
    UnreadableError,
    failure_detail,
    failure_reason,
    formats,
    middle,
    orientation,
    padded,
    upright,
    whole_sides,
)
from moat_lab.data.labelled_images import IGNORED

if TYPE_CHECKING:
    from PIL import Image

UNKNOWN = 254
"""In a table of classes: a value that no class has. There are at most 254 classes."""
ONE_BYTE = ("L", "P", "1")
"""Pillow's modes of grey levels, indices of a palette, and black and white."""
Table = NDArray[np.uint8]


def class_numbers(values: Mapping[int, int], ignored: Sequence[int]) -> Table:
    """(256,) the class of each value in a mask; those `ignored` have none, and all others are not known."""
    table = np.full(256, UNKNOWN, dtype=np.uint8)
    table[list(ignored)] = IGNORED
    table[list(values)] = list(values.values())
    return table


def decode_mask(
    data: bytes,
    image: bytes,
    resolution: int,
    numbers: Table,
    box: Callable[[int, int], Box] | None = middle,
) -> NDArray[np.uint8]:
    """Classes (resolution, resolution), cut and turned as the image is; of the nearest pixel, each.

    Args:
        data: a whole file, of one byte for each pixel.
        image: the file of the image, which was decoded already.
        numbers: as `class_numbers` gives it.

    Raises:
        UnreadableError: it is no such file, of another size than the image, or holds an unknown class.
    """
    from PIL import Image

    try:
        mask = Image.open(BytesIO(data), formats=formats())
        shown = Image.open(BytesIO(image), formats=formats())
        _check(mask, shown, numbers)
        size = (resolution, resolution) if box else whole_sides(*mask.size, resolution)
        values = mask.resize(size, Image.Resampling.NEAREST, box=box(*mask.size) if box else None)
        classes = numbers[np.asarray(upright(values, orientation(shown)), dtype=np.uint8)]
        return padded(classes, resolution, IGNORED)
    except UnreadableError:
        raise
    except Exception as error:  # as in decode_image
        raise UnreadableError(f"mask: {failure_reason(error)}", failure_detail(error, data)) from None


def _check(mask: Image.Image, shown: Image.Image, numbers: Table) -> None:
    """Of the whole mask: whether an image is skipped does not depend on what is cut from it."""
    if mask.size != shown.size:
        sides = [f"{across}x{down}" for across, down in (mask.size, shown.size)]
        raise UnreadableError("mask of another size", f"{sides[0]}, its image {sides[1]}")
    if mask.mode not in ONE_BYTE:
        raise UnreadableError("mask that is not of one byte a pixel", f"mode {mask.mode}")
    there = np.unique(np.asarray(mask, dtype=np.uint8))
    unknown = [str(value) for value in there[numbers[there] == UNKNOWN].tolist()]
    if unknown:
        listed = ", ".join(unknown[:5]) + (", ..." if len(unknown) > 5 else "")
        raise UnreadableError("mask with an unknown class", listed)
