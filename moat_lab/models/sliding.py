"""A segmenter on images larger than it was trained on: window by window."""

from __future__ import annotations

import math
from itertools import product

import torch
from torch import nn


class SlidingWindows(nn.Module):
    """Images (N, C, H, W) -> logits (N, K, H, W): the mean, at each pixel, over the windows that show it.

    An image that a window holds is seen whole, as without windows. A side shorter than the window is that of
    its windows too.

    Args:
        segmenter: images of any size -> logits of the same height and width.
        side: of a window, pixels.
        overlap: least share of its side that a window has in common with the next one.
    """

    def __init__(self, segmenter: nn.Module, side: int, overlap: float) -> None:
        super().__init__()
        self.segmenter, self.side, self.overlap = segmenter, side, overlap

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        height, width = images.shape[-2:]
        if max(height, width) <= self.side:
            whole: torch.Tensor = self.segmenter(images)
            return whole
        places = [window_places(length, self.side, self.overlap) for length in (height, width)]
        total: torch.Tensor | None = None
        times = images.new_zeros(height, width)
        for top, left in product(*places):
            rows, columns = slice(top, top + self.side), slice(left, left + self.side)
            logits = self.segmenter(images[..., rows, columns])
            total = logits.new_zeros(*logits.shape[:2], height, width) if total is None else total
            total[..., rows, columns] += logits
            times[rows, columns] += 1
        assert total is not None, "there is a window in every image"
        return total / times


def window_places(length: int, side: int, overlap: float) -> list[int]:
    """Where windows begin along an image's side: evenly, the last one at its end, as few as may be."""
    if length <= side:
        return [0]
    step = max(1, math.floor(side * (1 - overlap)))
    count = -(-(length - side) // step)
    return [round(at * (length - side) / count) for at in range(count + 1)]
