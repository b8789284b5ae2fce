"""Ops at each pixel. Norms and activations count no MACs (this field's FLOPs; fvcore's `norm` left out)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from moat_lab.ops.op import Count, Op, Shape

if TYPE_CHECKING:
    from torch import nn


BATCH_NORM_EPS = 1e-3  # TensorFlow's default, which the official weights need
LAYER_NORM_EPS = 1e-5


@dataclass(frozen=True, slots=True)
class BatchNorm(Op):
    """Batch normalisation; its momentum is a training recipe's business."""

    def count(self, shape: Shape) -> Count:
        return Count(params=2 * shape.channels)

    def build(self, shape: Shape) -> nn.Module:
        from torch import nn

        return nn.BatchNorm2d(shape.channels, eps=BATCH_NORM_EPS)


@dataclass(frozen=True, slots=True)
class LayerNorm(Op):
    """Layer normalisation over the channels of each pixel."""

    def count(self, shape: Shape) -> Count:
        return Count(params=2 * shape.channels)

    def build(self, shape: Shape) -> nn.Module:
        from moat_lab.ops.modules.pointwise import ChannelLayerNorm

        return ChannelLayerNorm(shape.channels, eps=LAYER_NORM_EPS)


@dataclass(frozen=True, slots=True)
class Gelu(Op):
    """Exact GELU, not its tanh approximation."""

    def count(self, shape: Shape) -> Count:
        return Count()

    def build(self, shape: Shape) -> nn.Module:
        from torch import nn

        return nn.GELU()


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
        from moat_lab.ops.modules.pointwise import ChannelLinear

        return ChannelLinear(shape.channels, self.width)
