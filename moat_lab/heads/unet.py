"""U-Net: from the last map back to the image, with the map of each stride beside the way.

Source: Ronneberger et al. 2015, arXiv 1505.04597; the decoder is that of segmentation_models_pytorch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from annotated_types import Ge, Le

from moat_lab.heads.counter import counted
from moat_lab.heads.library import decoders, places
from moat_lab.ops import Count, Head, Shape
from moat_lab.ops.head import IMAGES

if TYPE_CHECKING:
    from torch import nn

LEAST = 16
"""Channels at the image's own resolution, and wherever halving would lead below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UNet(Head):
    """A decoder on every map from stride 2 on; its first step has `channels`, each other one half."""

    task: ClassVar[str] = "segmentation"

    channels: Annotated[int, Ge(16), Le(4096)] = 256

    def build(self, channels: Mapping[int, int], classes: int) -> nn.Module:
        from moat_lab.ops.modules.decoder import PixelClassifier

        strides = [stride for stride in channels if stride > 1] or [2]
        takes = places("unet", channels, strides)
        widths = [max(LEAST, self.channels >> step) for step in range(len(strides))]
        decoder = decoders("unet").UnetDecoder(
            encoder_channels=(0, *(channels[stride] for stride in strides)),
            decoder_channels=widths,
            n_blocks=len(strides),
        )
        return PixelClassifier(decoder, (IMAGES, *takes), widths[-1], classes)

    def count(self, maps: Mapping[int, Shape], classes: int, image: Shape) -> Count:
        return counted(self, tuple(maps.items()), classes, image)


HEAD = UNet
