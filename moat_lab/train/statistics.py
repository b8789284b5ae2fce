"""The mean and deviation that images are normalised by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from moat_lab.data.labelled_images import Images, Indices

Moments = tuple[int, NDArray[np.int64], NDArray[np.int64]]
SAMPLE = 2000
"""Images of files, spread evenly over the train split: the mean is then known to about 1 % of a deviation."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Statistics:
    """Of each channel, (1, C, 1, 1) float32, in levels of 255."""

    mean: torch.Tensor
    deviation: torch.Tensor


def of_pixels(images: Images) -> Statistics:
    """Of all these images (N, C, H, W), which are few."""
    deviation, mean = torch.std_mean(torch.from_numpy(images).float(), dim=(0, 2, 3), keepdim=True)
    return _statistics(mean, deviation)


def moments(image: Images) -> Moments:
    """Of an image (C, H, W): its pixels, and each channel's sum of levels and of their squares; exact."""
    levels = image.reshape(len(image), -1).astype(np.int64)
    return levels.shape[1], levels.sum(axis=1), (levels**2).sum(axis=1)


def of_moments(of: Iterable[Moments]) -> Statistics:
    """Of some images, one after the other in any order: the same for a cache and for a stream."""
    count, total, squares = 0, np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
    for pixels, levels, squared in of:
        count, total, squares = count + pixels, total + levels, squares + squared
    mean = total / max(1, count)
    deviation = np.sqrt(np.maximum(0.0, squares / max(1, count) - mean**2))
    return _statistics(*(torch.from_numpy(of).float().reshape(1, -1, 1, 1) for of in (mean, deviation)))


def sample(train: Indices) -> Indices:
    """Positions spread evenly over the train split."""
    return np.unique(train[np.linspace(0, len(train) - 1, min(SAMPLE, len(train))).astype(np.int64)])


def _statistics(mean: torch.Tensor, deviation: torch.Tensor) -> Statistics:
    # A channel without contrast stays finite.
    return Statistics(mean=mean, deviation=deviation.clamp_min(1.0))
