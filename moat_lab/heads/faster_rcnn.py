"""Faster R-CNN: boxes are proposed, and each is classified and refined, on a feature pyramid.

Sources: Ren et al. 2015, arXiv 1506.01497; Lin et al. 2017, arXiv 1612.03144; torchvision's parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from moat_lab.heads.two_stage import TwoStage

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, slots=True, kw_only=True)
class FasterRCNN(TwoStage):
    """A box for each class, refined once."""

    task: ClassVar[str] = "detection"

    def build(self, channels: Mapping[int, int], classes: int) -> nn.Module:
        return self.one_pass("faster_rcnn", channels, classes, masks=False)


HEAD = FasterRCNN
