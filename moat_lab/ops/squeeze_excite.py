"""Squeeze-and-excitation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from moat_lab.ops.op import Count, Op, Shape

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, slots=True, kw_only=True)
class SqueezeExcite(Op):
    """Gates each channel by two layers on the global mean, SiLU between them.

    Source: Hu et al. 2018, arXiv 1709.01507.
    """

    hidden: int

    def count(self, shape: Shape) -> Count:
        weights = 2 * shape.channels * self.hidden
        outputs = self.hidden + shape.channels
        return Count(weights + outputs, weights, outputs)

    def build(self, shape: Shape) -> nn.Module:
        from timm.layers.squeeze_excite import SqueezeExcite as Module
        from torch import nn

        return Module(shape.channels, rd_channels=self.hidden, act_layer=nn.SiLU)
