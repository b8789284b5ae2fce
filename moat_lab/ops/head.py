"""A head on the maps of a backbone, in place of the mean and the linear classifier."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from moat_lab.ops.op import Count, Op, Shape

if TYPE_CHECKING:
    from torch import nn

IMAGES = -1
"""In place of a map's position: the images themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head(ABC):
    """Its options are its fields, each with a default; its file's name is its kind."""

    task: ClassVar[str]
    """The task that it is made for."""
    pools: ClassVar[bool] = False
    """Whether one of its batch norms sees a map of one pixel, and so needs two images."""

    @property
    def stride(self) -> int | None:
        """The most by which its backbone may reduce an image; None leaves the network as it is."""
        return None

    @abstractmethod
    def build(self, channels: Mapping[int, int], classes: int) -> nn.Module:
        """A module (maps, images) -> outputs, for the last map of each stride of a backbone.

        The module takes the maps in a list, from the largest to the smallest, and the images
        (N, C, H, W), whose sides are multiples of the largest stride. Where its task is `guided` it takes
        the labels as a third argument in training. `finish(outputs, height, width)`, if it has one, gives
        the outputs for images that were padded from this size.

        Args:
            channels: stride -> channels of the map, strides ascending.
            classes: outputs of the task.

        Raises:
            UserError: it needs maps that the backbone does not have.
        """

    @abstractmethod
    def count(self, maps: Mapping[int, Shape], classes: int, image: Shape) -> Count:
        """What it costs on the maps of one image (stride -> shape); raises UserError as `build`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadOp(Op):
    """A head as the last op of a network, on maps that are known."""

    head: Head
    maps: tuple[tuple[int, Shape], ...]
    classes: int
    image: Shape

    def out(self, shape: Shape) -> Shape:
        return self.image.with_channels(self.classes)

    def count(self, shape: Shape) -> Count:
        return self.head.count(dict(self.maps), self.classes, self.image)

    def build(self, shape: Shape) -> nn.Module:
        return self.head.build({stride: each.channels for stride, each in self.maps}, self.classes)

    def leaves(self, shape: Shape, name: str = "") -> Iterator[tuple[str, Op, Shape]]:
        yield name or "decoder", self, shape


def last_maps(reductions: Sequence[int], most: int | None) -> dict[int, int]:
    """Stride -> the position of the last map that has it, where none has more than `most`."""
    return {min(each, most or each): position for position, each in enumerate(reductions)}


def padded(image: Shape, stride: int) -> Shape:
    """The image with sides that are multiples of the stride."""
    return Shape(image.channels, -(-image.height // stride) * stride, -(-image.width // stride) * stride)
