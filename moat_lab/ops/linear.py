"""The same linear map at every pixel."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from moat_lab.ops.op import Count, Op, Shape

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, slots=True, kw_only=True)
class Linear(Op):
    """A linear layer over the channels, with bias."""

    width: int

    def out(self, shape: Shape) -> Shape:
        return shape.with_channels(self.width)

    def count(self, shape: Shape) -> Count:
        weights = shape.channels * self.width
        return Count(weights + self.width, weights * shape.pixels, self.width * shape.pixels)

    def build(self, shape: Shape) -> nn.Module:
        from moat_lab.ops.modules.linear import ChannelLinear

        return ChannelLinear(shape.channels, self.width)
