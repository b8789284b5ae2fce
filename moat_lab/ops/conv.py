"""Convolutions with TensorFlow's SAME padding, which the official weights were trained with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from moat_lab.ops.op import Count, Op, Shape

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, slots=True, kw_only=True)
class Conv(Op):
    """A dense convolution."""

    width: int
    kernel: int = 1
    stride: int = 1
    dilation: int = 1
    bias: bool = False

    def out(self, shape: Shape) -> Shape:
        return shape.strided(self.stride).with_channels(self.width)

    def count(self, shape: Shape) -> Count:
        weights = self.kernel**2 * shape.channels * self.width
        pixels = self.out(shape).pixels
        return Count(weights + self.bias * self.width, weights * pixels, self.width * pixels)

    def build(self, shape: Shape) -> nn.Module:
        from moat_lab.ops.modules.conv import SameConv2d

        return SameConv2d(
            shape.channels,
            self.width,
            self.kernel,
            stride=self.stride,
            dilation=self.dilation,
            bias=self.bias,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Depthwise(Op):
    """One kernel per channel, no bias."""

    kernel: int = 3
    stride: int = 1
    dilation: int = 1

    def out(self, shape: Shape) -> Shape:
        return shape.strided(self.stride)

    def count(self, shape: Shape) -> Count:
        weights = self.kernel**2 * shape.channels
        pixels = self.out(shape).pixels
        return Count(weights, weights * pixels, shape.channels * pixels)

    def build(self, shape: Shape) -> nn.Module:
        from moat_lab.ops.modules.conv import SameConv2d

        width = shape.channels
        return SameConv2d(
            width,
            width,
            self.kernel,
            stride=self.stride,
            dilation=self.dilation,
            groups=width,
            bias=False,
        )
