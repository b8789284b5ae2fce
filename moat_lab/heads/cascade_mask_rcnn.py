"""Cascade Mask R-CNN: three heads at rising overlaps, each on the boxes of the one before.

Source: Cai and Vasconcelos 2018, arXiv 1712.00726, and 2019, arXiv 1906.09756; see `ops/modules/cascade.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from moat_lab.heads.two_stage import TwoStage

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, slots=True, kw_only=True)
class CascadeMaskRCNN(TwoStage):
    """A box for all classes, refined three times, and a mask in it for each class."""

    task: ClassVar[str] = "instances"

    def build(self, channels: Mapping[int, int], classes: int) -> nn.Module:
        from moat_lab.ops.modules.cascade import OVERLAPS, WEIGHTS, AgnosticPredictor, CascadeHeads
        from moat_lab.ops.modules.two_stage_finder import masking_layers, regions

        def cascade(names: Sequence[str]) -> nn.Module:
            stages = [
                regions(
                    names,
                    self.channels,
                    classes,
                    iou=iou,
                    weights=weights,
                    predictor=AgnosticPredictor(self.hidden, classes),
                    **self.regional,
                )
                for iou, weights in zip(OVERLAPS, WEIGHTS, strict=True)
            ]
            return CascadeHeads(stages, **masking_layers(names, self.channels, classes, self.scale))

        return self.detector("cascade_mask_rcnn", channels, cascade, masks=True)


HEAD = CascadeMaskRCNN
