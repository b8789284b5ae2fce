"""Mask R-CNN: as Faster R-CNN, with a mask for each thing.

Source: He et al. 2017, arXiv 1703.06870; torchvision's parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from moat_lab.heads.two_stage import TwoStage

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskRCNN(TwoStage):
    """A mask of 28 x 28 pixels in the box of each thing, for each class."""

    task: ClassVar[str] = "instances"

    def build(self, channels: Mapping[int, int], classes: int) -> nn.Module:
        return self.one_pass("mask_rcnn", channels, classes, masks=True)


HEAD = MaskRCNN
