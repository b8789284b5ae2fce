"""UPerNet: pyramid pooling on the last map, then a feature pyramid of all maps from stride 4 on.

Source: Xiao et al. 2018, arXiv 1807.10221; the decoder is that of segmentation_models_pytorch.
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

FINEST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class UPerNet(Head):
    """A decoder on every map from stride 4 on, two or more."""

    task: ClassVar[str] = "segmentation"
    pools: ClassVar[bool] = True

    channels: Annotated[int, Ge(1), Le(4096)] = 256

    def build(self, channels: Mapping[int, int], classes: int) -> nn.Module:
        from moat_lab.ops.modules.decoder import PixelClassifier

        strides = [FINEST, *(stride for stride in channels if stride > FINEST)]
        strides = strides if len(strides) > 1 else [FINEST, 2 * FINEST]
        takes = places("upernet", channels, strides)
        decoder = decoders("upernet").UPerNetDecoder(
            encoder_channels=(0, 0, *(channels[stride] for stride in strides)),
            decoder_channels=self.channels,
        )
        # The decoder leaves the first two entries of its list alone.
        return PixelClassifier(decoder, (IMAGES, IMAGES, *takes), self.channels, classes)

    def count(self, maps: Mapping[int, Shape], classes: int, image: Shape) -> Count:
        return counted(self, tuple(maps.items()), classes, image)


HEAD = UPerNet
