"""A feature pyramid: the last four maps, each added to the one below, then all of them summed.

Source: Kirillov et al. 2019, arXiv 1901.02446; the decoder is that of segmentation_models_pytorch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from annotated_types import Ge, Le, Lt, MultipleOf

from moat_lab.heads.counter import counted
from moat_lab.heads.library import decoders, places
from moat_lab.ops import Count, Head, Shape

if TYPE_CHECKING:
    from torch import nn

LEVELS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class FPN(Head):
    """A decoder on four maps, each of half the side of the one before. Half of its channels are summed."""

    task: ClassVar[str] = "segmentation"

    # Its group norms have 32 groups, in half of the channels.
    channels: Annotated[int, Ge(64), Le(4096), MultipleOf(64)] = 256
    dropout: Annotated[float, Ge(0), Lt(1)] = 0.2

    def build(self, channels: Mapping[int, int], classes: int) -> nn.Module:
        from moat_lab.ops.modules.decoder import PixelClassifier

        strides = [max(channels) >> level for level in reversed(range(LEVELS))]
        takes = places("fpn", channels, strides)
        decoder = decoders("fpn").FPNDecoder(
            encoder_channels=[channels[stride] for stride in strides],
            encoder_depth=LEVELS,
            pyramid_channels=self.channels,
            segmentation_channels=self.channels // 2,
            dropout=self.dropout,
        )
        return PixelClassifier(decoder, takes, self.channels // 2, classes)

    def count(self, maps: Mapping[int, Shape], classes: int, image: Shape) -> Count:
        return counted(self, tuple(maps.items()), classes, image)


HEAD = FPN
