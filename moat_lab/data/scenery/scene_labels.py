"""What scenes are labelled with where a label lies in the image: maps of classes, or things."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from moat_lab.data.labelled_images import Images, Targets
from moat_lab.data.objects import NOTHING, Objects
from moat_lab.data.scenery.scene import Scene

T = TypeVar("T", bound=np.integer[Any])

GROUND = "ground"
"""The class of what is no thing, in maps."""
MOST = 8
"""Things that a scene's labels have room for."""


def class_maps(scenes: Sequence[Scene], numbers: Mapping[int, int]) -> Images:
    """(N, H, W): 0 where a pixel shows the ground, else 1 more than the number of its thing's kind."""
    classes = [[1 + numbers[thing.kind] for thing in scene.things] for scene in scenes]
    return np.stack([_painted(*each, 0, np.uint8) for each in zip(scenes, classes, strict=True)])


def thing_labels(scenes: Sequence[Scene], numbers: Mapping[int, int]) -> Objects:
    """The things that can be seen; a kind's number is its class, for there is no ground among them."""
    classes = np.full((len(scenes), MOST), NOTHING, dtype=np.int64)
    boxes = np.zeros((len(scenes), MOST, 4), dtype=np.float32)
    for at, scene in enumerate(scenes):
        for place, thing in enumerate(scene.things):
            top, left, bottom, right = thing.box
            classes[at, place], boxes[at, place] = numbers[thing.kind], (left, top, right, bottom)
    places = [_painted(scene, list(range(len(scene.things))), NOTHING, np.int16) for scene in scenes]
    crowd = np.zeros(classes.shape, dtype=np.bool_)
    return Objects(classes=classes, boxes=boxes, crowd=crowd, instances=np.stack(places))


def _painted(scene: Scene, values: Sequence[int], ground: int, kind: type[T]) -> NDArray[T]:
    painted = np.full(scene.image.shape[1:], ground, dtype=kind)
    for thing, value in zip(scene.things, values, strict=True):
        painted[thing.mask] = value
    return painted


Labelling = Callable[[Sequence[Scene], Mapping[int, int]], Targets]
"""Scenes, and the number of each kind among the kinds that are asked about."""
LABELLINGS: dict[str, Labelling] = {
    "maps": class_maps,
    "objects": thing_labels,
}
