"""Cascade R-CNN: three heads, each trained on the boxes of the one before, and asked for a better overlap.

Boxes are refined alike for all classes; at the end the scores of the three are averaged over the boxes of the
last. One mask head is trained on the boxes of the first, as in Detectron2.

Source: Cai and Vasconcelos 2018, arXiv 1712.00726.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn
from torchvision.models.detection.roi_heads import RoIHeads, maskrcnn_inference, maskrcnn_loss
from torchvision.ops import clip_boxes_to_image

from moat_lab.ops.modules.detector import Found

OVERLAPS = (0.5, 0.6, 0.7)
"""With a thing, from which on a box shows it, for each head."""
WEIGHTS = ((10.0, 10.0, 5.0, 5.0), (20.0, 20.0, 10.0, 10.0), (30.0, 30.0, 15.0, 15.0))
"""Of centres and sides in the targets: later heads move boxes by less."""
SHARES = (1.0, 0.5, 0.25)
"""Of each head's losses."""
LEAST = 1e-2
"""Pixels: the least side of a box that is refined further."""
Boxes = list[torch.Tensor]


class AgnosticPredictor(nn.Module):
    """Features (P, C) -> logits (P, classes + 1), and one box for all classes (P, 4)."""

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.cls_score = nn.Linear(channels, classes + 1)
        self.bbox_pred = nn.Linear(channels, 4)

    def forward(self, features: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        return self.cls_score(features), self.bbox_pred(features)


class CascadeHeads(nn.Module):
    """What takes and gives the same as torchvision's `RoIHeads`, whose parts it runs one after the other."""

    def __init__(
        self,
        stages: Sequence[RoIHeads],
        mask_roi_pool: nn.Module,
        mask_head: nn.Module,
        mask_predictor: nn.Module,
    ) -> None:
        super().__init__()
        self.stages = nn.ModuleList(stages)
        self.mask_roi_pool, self.mask_head, self.mask_predictor = mask_roi_pool, mask_head, mask_predictor

    def forward(
        self, maps: Mapping[str, torch.Tensor], proposals: Boxes, sizes: Any, targets: Any = None
    ) -> tuple[Found, dict[str, torch.Tensor]]:
        if targets is None:
            return self._found(maps, proposals, sizes), {}
        return [], self._losses(maps, proposals, sizes, targets)

    def _losses(self, maps: Any, proposals: Boxes, sizes: Any, targets: Any) -> dict[str, torch.Tensor]:
        losses: dict[str, torch.Tensor] = {}
        for number, stage in enumerate(self._of_stages):
            proposals, matched, labels, wanted = stage.select_training_samples(proposals, with_masks(targets))
            logits, moves = self._predicted(stage, maps, proposals, sizes)
            share = SHARES[number]
            losses[f"classes_{number}"] = share * F.cross_entropy(logits, torch.cat(labels))
            losses[f"boxes_{number}"] = share * box_loss(moves, torch.cat(wanted), torch.cat(labels))
            if not number:
                losses["masks"] = self._mask_loss(maps, proposals, sizes, targets, matched, labels)
            proposals = refined(stage, moves, proposals, sizes)
        return losses

    def _mask_loss(
        self, maps: Any, boxes: Boxes, sizes: Any, targets: Any, matched: Boxes, labels: Boxes
    ) -> torch.Tensor:
        shown = [of_image > 0 for of_image in labels]
        boxes, matched = (
            [each[keep] for each, keep in zip(some, shown, strict=True)] for some in (boxes, matched)
        )
        logits = self._mask_logits(maps, boxes, sizes)
        masks, classes = [each["masks"] for each in targets], [each["labels"] for each in targets]
        loss: torch.Tensor = maskrcnn_loss(logits, boxes, masks, classes, matched)
        return loss

    def _found(self, maps: Any, proposals: Boxes, sizes: Any) -> Found:
        likely: list[torch.Tensor] = []
        for stage in self._of_stages:
            boxes = proposals
            logits, moves = self._predicted(stage, maps, boxes, sizes)
            likely.append(logits.softmax(dim=1))
            proposals = refined(stage, moves, boxes, sizes, drop=False)
        mean = torch.stack(likely).mean(dim=0)
        # Their logarithms have the means as softmax; every class has the same box.
        chosen = stage.postprocess_detections(mean.log(), moves.repeat(1, mean.shape[1]), boxes, sizes)
        found = [
            dict(zip(("boxes", "scores", "labels"), each, strict=True)) for each in zip(*chosen, strict=True)
        ]
        logits = self._mask_logits(maps, chosen[0], sizes)
        for each, masks in zip(found, maskrcnn_inference(logits, chosen[2]), strict=True):
            each["masks"] = masks
        return found

    @property
    def _of_stages(self) -> list[Any]:
        return list(self.stages)

    def _predicted(
        self, stage: Any, maps: Any, boxes: Boxes, sizes: Any
    ) -> tuple[torch.Tensor, torch.Tensor]:
        logits, moves = stage.box_predictor(stage.box_head(stage.box_roi_pool(maps, boxes, sizes)))
        return logits.float(), moves.float()

    def _mask_logits(self, maps: Any, boxes: Boxes, sizes: Any) -> torch.Tensor:
        logits: torch.Tensor = self.mask_predictor(self.mask_head(self.mask_roi_pool(maps, boxes, sizes)))
        return logits.float()


def with_masks(targets: Any) -> Any:
    """What torchvision's selection of samples reads of them."""
    return [{"boxes": each["boxes"], "labels": each["labels"]} for each in targets]


def box_loss(moves: torch.Tensor, wanted: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """(P, 4) each, of boxes that show a thing; the mean over all P, as in Fast R-CNN."""
    shown = labels > 0
    total = F.smooth_l1_loss(moves[shown], wanted[shown], beta=1 / 9, reduction="sum")
    return total / max(1, len(labels))


def refined(stage: Any, moves: torch.Tensor, boxes: Boxes, sizes: Any, *, drop: bool = True) -> Boxes:
    """The boxes moved, cut at the image's borders; without gradient."""
    moved = stage.box_coder.decode(moves.detach(), boxes)[:, 0].split([len(each) for each in boxes])
    cut = [clip_boxes_to_image(each, size) for each, size in zip(moved, sizes, strict=True)]
    return [each[(each[:, 2:] - each[:, :2]).amin(dim=1) > LEAST] for each in cut] if drop else cut
