"""Labels of detection: the things of each image, with class, box and mask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

NOTHING = -1
"""The class of a place in which an image has no thing, and the number of a pixel of none."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Objects:
    """The things of N images, at most M in each, as numpy arrays or as tensors on one device.

    It stands where other tasks have a tensor of labels: images are its length, and positions choose images.

    Args:
        classes: (N, M) int64; -1 where an image has fewer things.
        boxes: (N, M, 4) float32: left, top, right and bottom, pixels.
        crowd: (N, M) bool: many things of a class in one box, which count neither for nor against a network.
        instances: (N, H, W) int16: the place in M of the thing that a pixel shows; -1 where it shows none.
    """

    classes: Any
    boxes: Any
    crowd: Any
    instances: Any

    def __len__(self) -> int:
        return len(self.classes)

    def __getitem__(self, images: Any) -> Objects:
        return self.each(lambda values: values[images])

    def each(self, change: Callable[[Any], Any]) -> Objects:
        """Every array or tensor changed."""
        return Objects(**{field.name: change(getattr(self, field.name)) for field in fields(self)})

    @staticmethod
    def joined(of: Sequence[Objects], join: Callable[[Any], Any]) -> Objects:
        """Several as one; `join` takes the arrays of one field."""
        return Objects(
            **{field.name: join([getattr(each, field.name) for each in of]) for field in fields(Objects)}
        )

    def to(self, device: Any, *, non_blocking: bool = False) -> Objects:
        """Tensors on the device."""
        return self.each(lambda values: values.to(device, non_blocking=non_blocking))
