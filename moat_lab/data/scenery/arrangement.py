"""Which things an image shows, how large, and where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from moat_lab.data.labelled_images import LabelKind
from moat_lab.data.scenery.chance import Chance, Integers
from moat_lab.data.scenery.cutouts import OPAQUE

TRIES = 6
"""Places of which a thing takes the one that covers least."""
WHOLE = 256
"""A share of the image's side is a number of 256ths."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Arrangement:
    """The things of N images, K in each, in the order in which they are drawn.

    Args:
        kinds: (N, K); below 0 there is no thing.
        sides: (N, K) the longer side of each, in 256ths of the image's.
        opacity: (N, K) from 1 to 255.
    """

    kinds: Integers
    sides: Integers
    opacity: Integers


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Question:
    """What is asked of an image.

    Args:
        classes: names of the answers, in the order of the labels; of maps the first is the ground.
        arrange: labels (N,) and chance -> things of which each image's label is true.
        labels: what an image is labelled with: the answer, a map of the things' kinds, or the things.
        scenes: the name under which images are drawn, so that two questions may be about the same; its own
            where it is empty.
    """

    classes: tuple[str, ...]
    arrange: Callable[[Integers, Chance], Arrangement]
    labels: LabelKind = "classes"
    scenes: str = ""


def seen(kinds: Integers, sides: Integers) -> Arrangement:
    """Things that are opaque."""
    return Arrangement(kinds=kinds, sides=sides, opacity=np.full_like(kinds, OPAQUE))


def places(chance: Chance, sides: Integers, resolution: int) -> Integers:
    """(N, K, 2) top and left of things of (N, K) `sides` pixels, inside the image.

    Of a few random places each takes the one where it covers least of the things before it.
    """
    corners = np.zeros((*sides.shape, 2), dtype=np.int64)
    for thing in range(sides.shape[1]):
        side = sides[:, thing]
        tried = chance.below(resolution + 1 - side[:, None, None], TRIES, 2)
        covered = sum(
            (overlap(tried, side, corners[:, before], sides[:, before]) for before in range(thing)),
            start=np.zeros(tried.shape[:2], dtype=np.int64),
        )
        corners[:, thing] = tried[np.arange(len(tried)), covered.argmin(axis=1)]
    return corners


def overlap(tried: Integers, side: Integers, corner: Integers, other: Integers) -> Integers:
    """(N, TRIES) pixels that squares at the places tried (N, TRIES, 2) share with another square."""
    low = np.maximum(tried, corner[:, None])
    high = np.minimum(tried + side[:, None, None], (corner + other[:, None])[:, None])
    shared: Integers = (high - low).clip(0).prod(axis=2)
    return shared
