"""The options and parts that heads with proposals have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal

from annotated_types import Ge, Gt, Le

from moat_lab.heads.boxes import chosen_maps, counted_boxes
from moat_lab.ops import Count, Head, Shape

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoStage(Head):
    """A feature pyramid from stride `finest` on, proposals, and layers that run on each of them.

    Args:
        hidden: width of the two layers that each proposal is classified by.
        scale: side of an anchor, strides of its map. Images of 256 px or less take about 4.
        proposals: boxes of an image that are classified: what its cost is stated for.
        samples: boxes of an image that train.
        coarser: one map more, of half the side, for proposals.
    """

    channels: Annotated[int, Ge(8), Le(4096)] = 256
    hidden: Annotated[int, Ge(8), Le(16384)] = 1024
    finest: Literal[2, 4, 8, 16] = 4
    scale: Annotated[float, Gt(0), Le(64)] = 8.0
    proposals: Annotated[int, Ge(1), Le(10_000)] = 1000
    samples: Annotated[int, Ge(4), Le(4096)] = 512
    coarser: bool = True

    @property
    def boxes(self) -> int:
        return self.proposals

    def count(self, maps: Mapping[int, Shape], classes: int, image: Shape) -> Count:
        return counted_boxes(self, tuple(maps.items()), classes, image)

    def detector(self, kind: str, channels: Mapping[int, int], regions: Any, *, masks: bool) -> nn.Module:
        """With the regional layers that `regions(names of the maps)` gives."""
        from torchvision.ops.feature_pyramid_network import LastLevelMaxPool

        from moat_lab.ops.modules.detector import Detector, Pyramid
        from moat_lab.ops.modules.two_stage_finder import TwoStageFinder, proposer

        maps = chosen_maps(kind, channels, self.finest)
        extra = LastLevelMaxPool() if self.coarser else None
        pyramid = Pyramid(list(maps.values()), [channels[each] for each in maps], self.channels, extra)
        strides = [*maps, *((2 * max(maps),) if self.coarser else ())]
        first = proposer(strides, self.channels, scale=self.scale, proposals=self.proposals)
        finder = TwoStageFinder(first, regions([str(at) for at in maps.values()]))
        return Detector(pyramid, finder, first=1, masks=masks)

    def one_pass(self, kind: str, channels: Mapping[int, int], classes: int, *, masks: bool) -> nn.Module:
        """With regional layers that classify and refine each proposal once."""
        from moat_lab.ops.modules.two_stage_finder import regions

        made = partial(regions, channels=self.channels, classes=classes, masks=masks, **self.regional)
        return self.detector(kind, channels, made, masks=masks)

    @property
    def regional(self) -> dict[str, Any]:
        """What the regional layers need of the options."""
        return {"scale": self.scale, "hidden": self.hidden, "samples": self.samples}
