"""DeepLabV3+: atrous pyramid pooling on the last map, refined by the map at stride 4.

Source: Chen et al. 2018, arXiv 1802.02611; the decoder is that of segmentation_models_pytorch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from annotated_types import Ge, Le, Lt

from moat_lab.heads.counter import counted
from moat_lab.heads.library import decoders, places
from moat_lab.ops import Count, Head, Shape
from moat_lab.ops.head import IMAGES

if TYPE_CHECKING:
    from torch import nn

RATES = {16: (6, 12, 18), 8: (12, 24, 36)}
"""Of the pyramid's dilated convolutions, at an output stride: section 4 of the paper."""
FINE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class DeepLabV3Plus(Head):
    """A decoder on maps at strides 4 and 8, or 4 and 16; the last stages are dilated instead of strided."""

    task: ClassVar[str] = "segmentation"
    pools: ClassVar[bool] = True

    output_stride: Literal[8, 16] = 16
    channels: Annotated[int, Ge(1), Le(4096)] = 256
    separable: bool = True
    """Whether the pyramid's 3x3 convolutions are depthwise and pointwise ones."""
    dropout: Annotated[float, Ge(0), Lt(1)] = 0.5

    @property
    def stride(self) -> int | None:
        return self.output_stride

    def build(self, channels: Mapping[int, int], classes: int) -> nn.Module:
        from moat_lab.ops.modules.decoder import PixelClassifier

        strides = (FINE, self.output_stride)
        fine, last = places("deeplabv3plus", channels, strides)
        decoder = decoders("deeplabv3").DeepLabV3PlusDecoder(
            encoder_channels=(0, 0, channels[FINE], channels[self.output_stride]),
            encoder_depth=5,
            out_channels=self.channels,
            atrous_rates=RATES[self.output_stride],
            output_stride=self.output_stride,
            aspp_separable=self.separable,
            aspp_dropout=self.dropout,
        )
        # The decoder reads the third entry of its list and the last one.
        return PixelClassifier(decoder, (IMAGES, IMAGES, fine, last), self.channels, classes)

    def count(self, maps: Mapping[int, Shape], classes: int, image: Shape) -> Count:
        return counted(self, tuple(maps.items()), classes, image)


HEAD = DeepLabV3Plus
