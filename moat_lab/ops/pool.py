"""Average pooling; it counts no MACs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from moat_lab.ops.op import Count, Op, Shape

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, slots=True, kw_only=True)
class AveragePool(Op):
    """SAME padding; padded cells are not part of the average, as in TensorFlow."""

    kernel: int
    stride: int

    def out(self, shape: Shape) -> Shape:
        return shape.strided(self.stride)

    def count(self, shape: Shape) -> Count:
        return Count()

    def build(self, shape: Shape) -> nn.Module:
        from moat_lab.ops.modules.conv import SameAvgPool2d

        return SameAvgPool2d(self.kernel, self.stride)


@dataclass(frozen=True, slots=True)
class GlobalMean(Op):
    """The mean over all pixels, as a map of one pixel."""

    def out(self, shape: Shape) -> Shape:
        return Shape(shape.channels, 1, 1)

    def count(self, shape: Shape) -> Count:
        return Count()

    def build(self, shape: Shape) -> nn.Module:
        from torch import nn

        return nn.AdaptiveAvgPool2d(1)
