"""Faster and Mask R-CNN: proposals of boxes, each then classified, refined and masked.

Sources: Ren et al. 2015, arXiv 1506.01497; Lin et al. 2017, arXiv 1612.03144; He et al. 2017,
arXiv 1703.06870.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor, TwoMLPHead
from torchvision.models.detection.mask_rcnn import MaskRCNNHeads, MaskRCNNPredictor
from torchvision.models.detection.roi_heads import RoIHeads
from torchvision.models.detection.rpn import RegionProposalNetwork, RPNHead
from torchvision.ops import MultiScaleRoIAlign

from moat_lab.ops.modules.detector import Anchors, Found

RATIOS = (0.5, 1.0, 2.0)
CANONICAL = 28.0
"""Times the anchor's scale: the box that is pooled from the map at stride 16; 224 px at a scale of 8."""
BOX_SIDE, MASK_SIDE = 7, 14
GAIN = 0.1
"""Of the first weights of what refines a box: at the start a box stays about where it is."""
WEIGHTS = (10.0, 10.0, 5.0, 5.0)
"""Of a box's centre and sides in its targets."""


class TwoStageFinder(nn.Module):
    """Maps of one width by name -> proposals -> things; see `Detector`.

    Args:
        regions: `RoIHeads`, or what takes and gives the same.
    """

    def __init__(self, proposer: RegionProposalNetwork, regions: nn.Module) -> None:
        super().__init__()
        self.proposer, self.regions = proposer, regions

    def losses(self, maps: Mapping[str, torch.Tensor], images: Any, targets: Any) -> dict[str, torch.Tensor]:
        proposals, losses = self.proposer(images, maps, targets)
        _, of_regions = self.regions(self._pooled(maps), proposals, images.image_sizes, targets)
        return {**losses, **of_regions}

    def found(self, maps: Mapping[str, torch.Tensor], images: Any) -> Found:
        proposals, _ = self.proposer(images, maps)
        found: Found = self.regions(self._pooled(maps), proposals, images.image_sizes)[0]
        return found

    def layers(self, maps: Mapping[str, torch.Tensor], boxes: int) -> None:
        levels = list(maps.values())
        self.proposer.head(levels)
        run_regions(self.regions, boxes, levels[0].shape[1])

    def _pooled(self, maps: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """In float32: boxes are fractions of a pixel."""
        return {name: value.float() for name, value in maps.items()}


def run_regions(regions: Any, boxes: int, channels: int) -> None:
    """The layers after pooling, once on so many boxes; masks are made of the best `detections_per_img`."""
    stages = regions.stages if hasattr(regions, "stages") else [regions]
    for stage in stages:
        stage.box_predictor(stage.box_head(torch.empty(boxes, channels, BOX_SIDE, BOX_SIDE)))
    if regions.mask_head is not None:
        kept = min(boxes, stages[0].detections_per_img)
        regions.mask_predictor(regions.mask_head(torch.empty(kept, channels, MASK_SIDE, MASK_SIDE)))


def proposer(strides: Sequence[int], channels: int, *, scale: float, proposals: int) -> RegionProposalNetwork:
    """Of at most `proposals` boxes in an image, twice that in training; anchors are `scale` strides wide."""
    anchors = Anchors(strides, [scale * stride for stride in strides], RATIOS)
    head = RPNHead(channels, len(RATIOS))
    head.bbox_pred.start_gain = GAIN
    return RegionProposalNetwork(
        anchors,
        head,
        fg_iou_thresh=0.7,
        bg_iou_thresh=0.3,
        batch_size_per_image=256,
        positive_fraction=0.5,
        pre_nms_top_n={"training": 2 * proposals, "testing": proposals},
        post_nms_top_n={"training": 2 * proposals, "testing": proposals},
        nms_thresh=0.7,
    )


def regions(
    names: Sequence[str],
    channels: int,
    classes: int,
    *,
    scale: float,
    hidden: int,
    samples: int,
    iou: float = 0.5,
    weights: Sequence[float] = WEIGHTS,
    predictor: nn.Module | None = None,
    masks: bool = False,
) -> RoIHeads:
    """Classes and boxes of proposals, and masks where they are asked for.

    Args:
        samples: boxes of an image that train.
        iou: with a thing, from which on a box shows it.
    """
    predictor = predictor or FastRCNNPredictor(hidden, classes + 1)
    predictor.bbox_pred.start_gain = GAIN  # type: ignore[union-attr]
    return RoIHeads(
        align(names, BOX_SIDE, scale),
        TwoMLPHead(channels * BOX_SIDE**2, hidden),
        predictor,
        fg_iou_thresh=iou,
        bg_iou_thresh=iou,
        batch_size_per_image=samples,
        positive_fraction=0.25,
        bbox_reg_weights=weights,
        score_thresh=0.05,
        nms_thresh=0.5,
        detections_per_img=100,
        **(masking_layers(names, channels, classes, scale) if masks else {}),
    )


def masking_layers(names: Sequence[str], channels: int, classes: int, scale: float) -> dict[str, nn.Module]:
    """Four convolutions, one that doubles the side, and a mask for each class."""
    return {
        "mask_roi_pool": align(names, MASK_SIDE, scale),
        "mask_head": MaskRCNNHeads(channels, (channels,) * 4, 1),
        "mask_predictor": MaskRCNNPredictor(channels, channels, classes + 1),
    }


def align(names: Sequence[str], side: int, scale: float) -> MultiScaleRoIAlign:
    """(P, C, side, side) of P boxes, each from the map that fits its size."""
    return MultiScaleRoIAlign(list(names), side, sampling_ratio=2, canonical_scale=CANONICAL * scale)
