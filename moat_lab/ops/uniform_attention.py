"""Attention whose weights are frozen to a uniform average: what is left of it without queries and keys."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from moat_lab.ops.attention import Sides
from moat_lab.ops.op import Count, Op, Shape

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, slots=True, kw_only=True)
class UniformAttention(Op):
    """Values from one linear layer, their mean over each window, one linear layer out.

    `window`, `dilated` and `shift` as in `Attention`; means are over the pixels of the map, not of its
    padding. MACs and activations are those of the two linear layers at every pixel. The mean counts none: it
    is average pooling, which multiplies nothing, and neither fvcore nor torch counts it. Attention with
    equal weights computes the same by a product with a constant matrix, which would count as if it were
    needed.
    """

    window: Sides | None = None
    dilated: bool = False
    shift: Sides | None = None

    def count(self, shape: Shape) -> Count:
        width, pixels = shape.channels, shape.pixels
        weights = 2 * width * width
        return Count(weights + 2 * width, weights * pixels, 2 * width * pixels)

    def build(self, shape: Shape) -> nn.Module:
        from moat_lab.ops.modules.uniform_attention import WindowAverage

        return WindowAverage(shape.channels, window=self.window, dilated=self.dilated, shift=self.shift)
