"""FCOS: each place of each map says which thing it belongs to, and where that ends.

Source: Tian et al. 2019, arXiv 1904.01355; the losses and the selection are torchvision's.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import log
from typing import Any

import torch
import torch.distributed as dist
from torch import nn
from torchvision.models.detection import FCOS
from torchvision.models.detection.fcos import FCOSHead

from moat_lab.ops.modules.detector import Anchors, Found

PRIOR = 0.01
"""What each class is given at the start: most places show none. Section 4.1 of RetinaNet's paper."""


class SharedBatchHead(FCOSHead):  # type: ignore[misc]
    """FCOS's head; its losses are those of the batch that all processes share.

    Each process divides its sums by the places that show a thing in all images of the batch, as section 3.1
    has it, and not by those in its own share. A validation has no gradients, and its processes may have
    different numbers of batches: there each divides by its own places.
    """

    def compute_loss(
        self, targets: Any, head_outputs: Any, anchors: Any, matched_idxs: list[torch.Tensor]
    ) -> dict[str, torch.Tensor]:
        losses: dict[str, torch.Tensor] = super().compute_loss(targets, head_outputs, anchors, matched_idxs)
        if not (torch.is_grad_enabled() and dist.is_initialized()):
            return losses
        own = torch.stack([(matched >= 0).sum() for matched in matched_idxs]).sum()
        every = own.clone()
        dist.all_reduce(every)
        # Times the number of processes, for gradients and losses are then averaged over them.
        scale = dist.get_world_size() * own.clamp_min(1) / every.clamp_min(1)
        return {name: value * scale for name, value in losses.items()}


class DenseFinder(nn.Module):
    """Maps of one width by name -> things, without proposals; see `Detector`."""

    def __init__(
        self, pyramid: nn.Module, anchors: Anchors, classes: int, layers: int, **limits: Any
    ) -> None:
        super().__init__()
        width: Any = pyramid.out_channels
        head = SharedBatchHead(width, 1, classes, layers)
        fcos = FCOS(pyramid, classes, anchor_generator=anchors, head=head, **limits)
        self.head, self.anchors = fcos.head, anchors
        self._fcos = (fcos,)  # in a tuple: its losses and selection are used, its layers are not listed twice
        fcos.backbone = nn.Identity()
        self.head.classification_head.cls_logits.start_bias = -log((1 - PRIOR) / PRIOR)

    def losses(self, maps: Mapping[str, torch.Tensor], images: Any, targets: Any) -> dict[str, torch.Tensor]:
        levels = list(maps.values())
        sizes = [each.shape[-2] * each.shape[-1] for each in levels]
        anchors = self.anchors(images, levels)
        losses: dict[str, torch.Tensor] = self._fcos[0].compute_loss(
            targets, self._outputs(levels), anchors, sizes
        )
        return losses

    def found(self, maps: Mapping[str, torch.Tensor], images: Any) -> Found:
        levels = list(maps.values())
        sizes = [each.shape[-2] * each.shape[-1] for each in levels]
        outputs = {name: list(value.split(sizes, dim=1)) for name, value in self._outputs(levels).items()}
        anchors = [list(each.split(sizes)) for each in self.anchors(images, levels)]
        found: Found = self._fcos[0].postprocess_detections(outputs, anchors, images.image_sizes)
        return found

    def layers(self, maps: Mapping[str, torch.Tensor], boxes: int) -> None:
        self.head(list(maps.values()))

    def _outputs(self, levels: list[torch.Tensor]) -> dict[str, torch.Tensor]:
        return {name: value.float() for name, value in self.head(levels).items()}
