"""Norms and activations: they count no MACs (design of this field's FLOPs, fvcore's `norm` left out)."""

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
        from moat_lab.ops.modules.norm import ChannelLayerNorm

        return ChannelLayerNorm(shape.channels, eps=LAYER_NORM_EPS)


@dataclass(frozen=True, slots=True)
class Gelu(Op):
    """Exact GELU, not its tanh approximation."""

    def count(self, shape: Shape) -> Count:
        return Count()

    def build(self, shape: Shape) -> nn.Module:
        from torch import nn

        return nn.GELU()
