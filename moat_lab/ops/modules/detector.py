"""Detectors on the maps of a backbone, made of torchvision's parts.

Every detector takes maps (largest first), images (N, C, H, W) and, where a loss is wanted, the `Objects` in
them. It gives a dictionary: `loss`, the mean over the images, where labels were given; and, outside of
training, `found`: for each image boxes (D, 4) pixels, scores (D,), labels (D,) from 0, and masks (D, 1, M, M)
in their boxes where it makes masks.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.image_list import ImageList
from torchvision.ops import FeaturePyramidNetwork, clip_boxes_to_image
from torchvision.ops.feature_pyramid_network import ExtraFPNBlock

from moat_lab.ops.modules.objects_of_image import things_of_each

Found = list[dict[str, torch.Tensor]]
Outputs = dict[str, Any]
SEED = 0
"""Draws the samples of a validation's loss, the same each time."""


class Pyramid(nn.Module):
    """Maps -> as many maps of one width, each with what the coarser ones say, and what `extra` adds."""

    def __init__(
        self, takes: Sequence[int], widths: Sequence[int], channels: int, extra: ExtraFPNBlock | None
    ) -> None:
        super().__init__()
        self.takes, self.out_channels = tuple(takes), channels
        self.fpn = FeaturePyramidNetwork(list(widths), channels, extra)

    def forward(self, maps: Sequence[torch.Tensor]) -> dict[str, torch.Tensor]:
        named: dict[str, torch.Tensor] = self.fpn(OrderedDict((str(at), maps[at]) for at in self.takes))
        return named


class Anchors(AnchorGenerator):  # type: ignore[misc]
    """Anchors at known strides: torchvision takes the image's side over the map's, which may leave a rest."""

    def __init__(self, strides: Sequence[int], sizes: Sequence[float], ratios: Sequence[float]) -> None:
        super().__init__(tuple((size,) for size in sizes), (tuple(ratios),) * len(sizes))
        self.strides = tuple(strides)

    def forward(self, image_list: ImageList, feature_maps: list[torch.Tensor]) -> list[torch.Tensor]:
        self.set_cell_anchors(feature_maps[0].dtype, feature_maps[0].device)
        sides = [list(each.shape[-2:]) for each in feature_maps]
        strides: Any = [[stride, stride] for stride in self.strides]
        anchors = torch.cat(self.grid_anchors(sides, strides))
        return [anchors] * len(image_list.image_sizes)


class Detector(nn.Module):
    """A pyramid, and what finds things on it; see the module's text.

    Args:
        finder: its `losses(maps, images, targets)` are scalars by name, `found(maps, images)` is `Found`, and
            `layers(maps, boxes)` runs every layer once.
        first: the number of the first class in the finder's labels; those before it are the ground.
        masks: whether it learns from masks.
    """

    def __init__(self, pyramid: Pyramid, finder: nn.Module, *, first: int, masks: bool) -> None:
        super().__init__()
        self.pyramid, self.finder, self.first, self.masks = pyramid, finder, first, masks

    def forward(self, maps: Sequence[torch.Tensor], images: torch.Tensor, labels: Any = None) -> Outputs:
        features, listed = self.pyramid(maps), ImageList(images, [tuple(images.shape[-2:])] * len(images))
        outputs: Outputs = {} if labels is None else {"loss": self._loss(features, listed, labels)}
        if not self.training:
            found = self.finder.found(features, listed)  # type: ignore[operator]
            outputs["found"] = [each | {"labels": each["labels"] - self.first} for each in found]
        return outputs

    def finish(self, outputs: Outputs, height: int, width: int) -> Outputs:
        """Boxes within images of this size, which were padded below and at the right."""
        for each in outputs.get("found", ()):
            each["boxes"] = clip_boxes_to_image(each["boxes"], (height, width))
        return outputs

    def _loss(self, features: Mapping[str, torch.Tensor], images: ImageList, labels: Any) -> torch.Tensor:
        wanted = things_of_each(labels, first=self.first, masks=self.masks)
        if self.training:
            losses = self.finder.losses(features, images, wanted)  # type: ignore[operator]
        else:
            losses = self._in_validation(features, images, wanted)
        total: torch.Tensor = sum(losses.values())
        return total

    def _in_validation(self, features: Any, images: ImageList, wanted: Any) -> Any:
        """The losses as in training, from the same samples each time; training's own draws are left alone."""
        device = images.tensors.device
        with torch.random.fork_rng([device] if device.type == "cuda" else []):
            torch.manual_seed(SEED)
            self.finder.train()  # no layer of a finder but its samplers depends on it
            try:
                return self.finder.losses(features, images, wanted)  # type: ignore[operator]
            finally:
                self.finder.eval()


class EveryLayer(nn.Module):
    """Every layer of a detector, once: what is counted on tensors without memory."""

    def __init__(self, detector: nn.Module, boxes: int) -> None:
        super().__init__()
        self.detector, self.boxes = detector, boxes

    def forward(self, maps: Sequence[torch.Tensor]) -> None:
        self.detector.finder.layers(self.detector.pyramid(maps), self.boxes)  # type: ignore[union-attr, operator]
