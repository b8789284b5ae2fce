"""What a network is given, images of a size; what it is asked, one of so many classes; with which head."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from moat_lab.errors import UserError
from moat_lab.ops.head import Head
from moat_lab.ops.op import Shape

Resolution = int | tuple[int, int]
"""Side of an image, or (height, width), pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSpec:
    """(height, width) of the images, pixels; their channels; the classes that are told apart.

    Without a `head` they are told apart by the mean of the last map and a linear classifier.

    Raises:
        UserError: a side or the number of channels is below 1, or that of classes below 0.
    """

    resolution: tuple[int, int]
    in_chans: int = 3
    classes: int = 1000
    head: Head | None = None

    def __post_init__(self) -> None:
        height, width = self.resolution
        if height < 1 or width < 1:
            raise UserError(f"an image has sides of 1 pixel or more; got {height}x{width}")
        if self.classes < 0 or self.in_chans < 1:
            raise UserError(
                f"a network has 0 or more classes, 1 or more channels; got {self.classes} classes, "
                f"{self.in_chans} channels"
            )

    @property
    def shape(self) -> Shape:
        """One image."""
        return Shape(self.in_chans, *self.resolution)


def input_spec(
    resolution: Resolution, *, in_chans: int = 3, classes: int = 1000, head: Head | None = None
) -> InputSpec:
    """The same of one side, or two.

    Raises:
        UserError: as `InputSpec`.
    """
    height, width = (resolution, resolution) if isinstance(resolution, int) else resolution
    return _spec(height, width, in_chans, classes, head)


def parsed_resolution(text: str) -> tuple[int, int] | None:
    """`224` or `224x160` (height x width) of a command line as numbers; None for nothing.

    Raises:
        UserError: it is something else, or a side is below 1.
    """
    given = text.lower().split("x")
    if not text:
        return None
    if len(given) > 2 or not all(side.isascii() and side.isdecimal() and len(side) <= 6 for side in given):
        raise UserError(f"--resolution takes pixels such as 224, or height x width as 224x160; got '{text}'")
    return input_spec((int(given[0]), int(given[-1]))).resolution


@lru_cache(maxsize=1 << 10)
def _spec(height: int, width: int, in_chans: int, classes: int, head: Head | None) -> InputSpec:
    return InputSpec(resolution=(height, width), in_chans=in_chans, classes=classes, head=head)
