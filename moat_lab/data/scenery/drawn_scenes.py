"""Scenes: a question's things placed on grounds, with the mask and box of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from moat_lab.data.labelled_images import Images, Indices, Labels, Targets, require_resolution
from moat_lab.data.scenery.arrangement import WHOLE, Question, places
from moat_lab.data.scenery.chance import Chance, Integers
from moat_lab.data.scenery.cutouts import OPAQUE, CutOut, CutOuts
from moat_lab.data.scenery.ground import Ground, grounds
from moat_lab.data.scenery.scene import Scene, Thing
from moat_lab.data.scenery.scene_labels import GROUND, LABELLINGS

CHUNK, CHUNK_PIXELS = 256, 2**20
"""Most images that are drawn together, and most pixels of them; no byte depends on it."""
LEAST = 16
"""Pixels on a side of an image, below which a thing is a few pixels."""
NOTHING = -1
"""In a map of things: the ground."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Placed:
    """The things of N images, K in each, in pixels: which cut-outs, and where; a side of 0 is no thing."""

    cut: Integers
    sides: Integers
    opacity: Integers
    corners: Integers

    def things(self, image: int) -> Iterator[tuple[int, int, int, int, int, int]]:
        """Number, cut-out, side, opacity, top and left of each thing of an image."""
        columns = (self.cut, self.sides, self.opacity, self.corners[..., 0], self.corners[..., 1])
        rows = zip(*(column[image].tolist() for column in columns), strict=True)
        for number, (cut, side, opacity, top, left) in enumerate(rows):
            if side:
                yield number, cut, side, opacity, top, left


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DrawnScenes:
    """Images that depend on their position alone, which may be any from 0 on.

    `images` is what a network is given, `scenes` what is in them (kinds, masks, boxes), for segmentation and
    detection.

    Args:
        name: in the streams of numbers: another name is another set of images.
        size: the images from 0 to below it are the data set.
    """

    name: str
    cutouts: Callable[[], CutOuts]
    channels: int
    question: Question
    ground: Ground
    size: int

    @property
    def labels(self) -> Labels:
        """(size,): every class in turn."""
        return self.labels_of(np.arange(self.size))

    def labels_of(self, positions: Indices) -> Labels:
        """Of images at any positions."""
        return positions % len(self.question.classes)

    def images(self, positions: Indices, resolution: int) -> Images:
        """(N, C, resolution, resolution) uint8.

        Raises:
            UserError: the resolution is below 16 pixels.
        """
        require_resolution(self.name, resolution, least=LEAST)
        sized = self.cutouts().sized
        drawn = np.empty((len(positions), self.channels, resolution, resolution), dtype=np.uint8)
        chunk = max(1, min(CHUNK, CHUNK_PIXELS // resolution**2))
        for start in range(0, len(positions), chunk):
            some = positions[start : start + chunk]
            chance = self._chance(some)
            placed = self._placed(some, chance, resolution)
            canvas = grounds(chance, self.ground, resolution, self.channels)
            for image in range(len(some)):
                for _, cut, side, opacity, top, left in placed.things(image):
                    stamp(canvas[image], sized(cut, side), opacity, top, left)
            drawn[start : start + len(some)] = canvas
        return drawn

    def labelled(self, positions: Indices, resolution: int) -> tuple[Images, Targets]:
        """The images, and what the question says of each: its answer, a map, or things."""
        if self.question.labels == "classes":
            return self.images(positions, resolution), self.labels_of(positions)
        scenes = self.scenes(positions, resolution)
        images = np.stack([scene.image for scene in scenes])
        names, asked = self.cutouts().names, [each for each in self.question.classes if each != GROUND]
        numbers = {names.index(kind): number for number, kind in enumerate(asked)}
        return images, LABELLINGS[self.question.labels](scenes, numbers)

    def scenes(self, positions: Indices, resolution: int) -> list[Scene]:
        """The same images, and where in each a thing can be seen."""
        images = self.images(positions, resolution)
        placed = self._placed(positions, self._chance(positions), resolution)
        shown = zip(images, self.labels_of(positions).tolist(), strict=True)
        return [
            Scene(image=image, label=label, things=tuple(self._visible(placed, at, resolution)))
            for at, (image, label) in enumerate(shown)
        ]

    def _chance(self, positions: Indices) -> Chance:
        return Chance([f"{self.name}/{position}" for position in positions.tolist()])

    def _placed(self, positions: Indices, chance: Chance, resolution: int) -> Placed:
        """What is to be placed on the grounds, which take the numbers after these."""
        arrangement = self.question.arrange(self.labels_of(positions), chance)
        first = self.cutouts().first
        kinds = arrangement.kinds.clip(0)
        cut = first[kinds] + chance.below(first[kinds + 1] - first[kinds], kinds.shape[1])
        sides = np.where(arrangement.kinds < 0, 0, np.maximum(1, arrangement.sides * resolution // WHOLE))
        corners = places(chance, sides, resolution)
        return Placed(cut=cut, sides=sides, opacity=arrangement.opacity, corners=corners)

    def _visible(self, placed: Placed, image: int, resolution: int) -> Iterator[Thing]:
        cutouts, owner = self.cutouts(), np.full((resolution, resolution), NOTHING)
        for number, cut, side, _, top, left in placed.things(image):
            owner[top : top + side, left : left + side][cutouts.sized(cut, side).mask] = number
        for number, cut, *_ in placed.things(image):
            mask = owner == number
            if mask.any():
                yield Thing(kind=int(cutouts.kinds[cut]), mask=mask, box=box_of(mask))


def stamp(canvas: NDArray[np.uint16], cut: CutOut, opacity: int, top: int, left: int) -> None:
    """Lays a cut-out over levels (C, H, W), in place."""
    side = len(cut.clear)
    region = canvas[:, top : top + side, left : left + side]
    if opacity < OPAQUE:
        cut = cut.faded(opacity)
    region *= cut.clear
    region += cut.light
    region >>= 8


def box_of(mask: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Top, left, bottom and right of what is set, the last two excluded."""
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1
