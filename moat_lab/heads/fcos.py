"""FCOS: a detector without anchors or proposals, on a feature pyramid.

Source: Tian et al. 2019, arXiv 1904.01355; torchvision's parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from annotated_types import Ge, Le, MultipleOf

from moat_lab.heads.boxes import chosen_maps, counted_boxes
from moat_lab.ops import Count, Head, Shape

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, slots=True, kw_only=True)
class FullyConvolutional(Head):
    """Four convolutions for classes and four for boxes, shared by all maps from stride `finest` on.

    Args:
        coarser: two maps more, of half the side each; images of 256 px or less do without.
    """

    task: ClassVar[str] = "detection"

    # Its group norms have 32 groups, of two channels or more: a map may be one pixel.
    channels: Annotated[int, Ge(64), Le(4096), MultipleOf(32)] = 256
    layers: Annotated[int, Ge(1), Le(16)] = 4
    finest: Literal[2, 4, 8, 16] = 8
    coarser: bool = True

    def build(self, channels: Mapping[int, int], classes: int) -> nn.Module:
        from torchvision.ops.feature_pyramid_network import LastLevelP6P7

        from moat_lab.ops.modules.dense_finder import DenseFinder
        from moat_lab.ops.modules.detector import Anchors, Detector, Pyramid

        maps = chosen_maps("fcos", channels, self.finest)
        extra = LastLevelP6P7(self.channels, self.channels) if self.coarser else None
        pyramid = Pyramid(list(maps.values()), [channels[each] for each in maps], self.channels, extra)
        strides = [*maps, *((2 * max(maps), 4 * max(maps)) if self.coarser else ())]
        anchors = Anchors(strides, strides, (1.0,))
        finder = DenseFinder(pyramid, anchors, classes, self.layers, score_thresh=0.05)
        return Detector(pyramid, finder, first=0, masks=False)

    def count(self, maps: Mapping[int, Shape], classes: int, image: Shape) -> Count:
        return counted_boxes(self, tuple(maps.items()), classes, image)


HEAD = FullyConvolutional
