"""A decoder with a classifier of each pixel."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import nn

from moat_lab.ops.head import IMAGES


class PixelClassifier(nn.Module):
    """Maps (largest first) and images (N, C, H, W) -> logits (N, classes, H, W).

    Args:
        decoder: takes a list of maps, and gives one of `channels`.
        takes: positions among the maps of what its list holds; IMAGES are the images themselves.
    """

    def __init__(self, decoder: nn.Module, takes: Sequence[int], channels: int, classes: int) -> None:
        super().__init__()
        self.decoder, self.takes = decoder, tuple(takes)
        self.classifier = nn.Conv2d(channels, classes, kernel_size=1)

    def forward(self, maps: Sequence[torch.Tensor], images: torch.Tensor) -> torch.Tensor:
        chosen = [images if position == IMAGES else maps[position] for position in self.takes]
        logits = self.classifier(self.decoder(chosen))
        return F.interpolate(logits, size=images.shape[-2:], mode="bilinear", align_corners=False)

    def finish(self, outputs: torch.Tensor, height: int, width: int) -> torch.Tensor:
        """The logits of images of this size, which were padded below and at the right."""
        return outputs[..., :height, :width]
