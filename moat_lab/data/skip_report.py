"""What is said of images that were skipped, and when they are too many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from moat_lab.data.labelled_images import Encoded, IgnoredFile, Skipped
from moat_lab.errors import UserError

_MAX_NAMES = 3
BESIDE = "a folder beside train"
"""Why a folder was left alone that holds images, maybe, and is no part."""


def skip_summary(
    skipped: Sequence[Skipped], ignored_files: Sequence[IgnoredFile], images: int, *, source: str, where: Path
) -> str:
    """How many, why, and the first few names of each reason; empty where nothing was left out."""
    lines = []
    if skipped:
        lines += [f"{source}: {len(skipped)} of {images} images cannot be decoded, and are skipped"]
        lines += [*_by_reason(skipped), f"  all of them: {where}"]
    if ignored_files:
        lines += [
            f"{source}: {len(ignored_files)} other files and folders are left alone",
            *_by_reason(ignored_files),
        ]
    return "\n".join(lines)


def left_out_summary(left_out: Sequence[Skipped | IgnoredFile], source: str) -> str:
    """How many images and annotations are left out, why, and the first few names of each reason."""
    return "\n".join(
        [f"{source}: {len(left_out)} images and annotations are left out", *_by_reason(left_out)]
    )


def _by_reason(items: Sequence[Skipped | IgnoredFile]) -> Iterator[str]:
    for reason, count in Counter(one.reason for one in items).most_common():
        names = [one.name for one in items if one.reason == reason]
        yield f"  {count} {reason}: {few(names)}"


def twelve_bit(images: str) -> str:
    """What is said of 16-bit files that are taken to hold 12 bits."""
    return (
        f"{images} images of 16 bits have no level above 4095: they are taken to hold 12, with 4095 as white"
    )


def few(names: Sequence[str]) -> str:
    """The first few names."""
    return ", ".join(names[:_MAX_NAMES]) + (", ..." if len(names) > _MAX_NAMES else "") or "none"


def check_classes(skipped: Sequence[Skipped], encoded: Encoded, where: Path) -> None:
    """Raises UserError where a class has no image that can be decoded, or where no image with a mask can."""
    readable = np.ones(len(encoded.labels), dtype=bool)
    readable[[image.position for image in skipped]] = False
    left = np.bincount(encoded.labels[readable], minlength=len(encoded.classes))
    if not np.any(encoded.labels):
        left = left[:1]  # images with masks, which are of no class as a whole
    for label in np.flatnonzero(left == 0):
        raise UserError(
            f"data: an image that can be decoded is needed in each class; got none in "
            f"'{encoded.classes[label]}'\n  what is wrong with them: {where}"
        )
