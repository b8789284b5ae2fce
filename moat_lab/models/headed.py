"""A backbone with a head on its maps: what segments, or detects."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from moat_lab.grammar import Network
from moat_lab.models.model import Model, build, checked
from moat_lab.ops import Head, InputSpec
from moat_lab.ops.head import last_maps

BACKBONE = "backbone."
"""What the names of the network's weights begin with."""


def built(network: Network, inputs: InputSpec, *, drop_path_rate: float = 0.0) -> Model | HeadedModel:
    """A freshly initialised network with the head, channels and outputs that the inputs name."""
    if inputs.head is None:
        return build(network, inputs.classes, inputs.in_chans, drop_path_rate=drop_path_rate)
    return HeadedModel(
        network,
        inputs.head,
        classes=inputs.classes,
        in_chans=inputs.in_chans,
        drop_path_rate=drop_path_rate,
    )


class HeadedModel(nn.Module):
    """Images (N, in_chans, H, W) of any size -> the outputs of the head.

    Images are padded below and at the right, with zeros, to multiples of the largest stride.

    Raises:
        UserError: the head needs maps that the network does not have.
    """

    def __init__(
        self,
        network: Network,
        head: Head,
        *,
        classes: int,
        in_chans: int = 3,
        drop_path_rate: float = 0.0,
    ) -> None:
        super().__init__()
        self.network, self.kind, self.num_classes, self.in_chans = network, head, classes, in_chans
        self.backbone = Model(
            network,
            num_classes=0,
            in_chans=in_chans,
            global_pool="",
            output_stride=head.stride,
            drop_path_rate=drop_path_rate,
        )
        at = last_maps(network.reductions, head.stride)
        self.positions, self.stride = list(at.values()), max(at)
        widths = [info["num_chs"] for info in self.backbone.feature_info]
        self.head = head.build({stride: widths[position] for stride, position in at.items()}, classes)

    def forward(self, images: torch.Tensor, labels: Any = None) -> Any:
        """With the labels in training, where the head's task is `guided`."""
        height, width = images.shape[-2:]
        maps, images = self.maps(images)
        outputs = self.head(maps, images) if labels is None else self.head(maps, images, labels)
        finish = getattr(self.head, "finish", None)
        return finish(outputs, height, width) if finish else outputs

    def maps(self, images: torch.Tensor) -> tuple[list[torch.Tensor], torch.Tensor]:
        """The backbone's, the largest first; and the images, padded."""
        height, width = checked(images, self.in_chans).shape[-2:]
        images = F.pad(images, (0, -width % self.stride, 0, -height % self.stride))
        return self.backbone.forward_intermediates(images, self.positions, intermediates_only=True), images

    def no_weight_decay(self) -> set[str]:
        """Names of the position tables."""
        return {f"{BACKBONE}{name}" for name in self.backbone.no_weight_decay()}

    def group_matcher(self, coarse: bool = False) -> dict[str, Any]:
        """The backbone's groups in depth order; the head comes last."""
        groups = self.backbone.group_matcher(coarse)
        return {
            name: value.replace("^", r"^backbone\.")
            if isinstance(value, str)
            else [(pattern.replace("^", r"^backbone\."), order) for pattern, order in value]
            for name, value in groups.items()
        }


class PyramidMaps(nn.Module):
    """Images (N, in_chans, H, W) -> the maps of a detector's pyramid, the largest first.

    It has copies of the backbone and the neck, and nothing else of the detector.
    """

    def __init__(self, detector: HeadedModel) -> None:
        super().__init__()
        self.network, self.headed = detector.network, deepcopy(detector)
        self.headed.head.finder = nn.Identity()

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, ...]:
        maps, _ = self.headed.maps(images)
        pyramid: Any = self.headed.head.pyramid
        return tuple(pyramid(maps).values())
