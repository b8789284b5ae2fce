"""What is done to a batch of images on the device, at random and each image on its own."""

from __future__ import annotations

from math import log

import torch
import torch.nn.functional as F

from moat_lab.proxy.randaugment import randaugmented
from moat_lab.proxy.recipe import Augmentation

RATIOS = (3 / 4, 4 / 3)
"""Least and largest width / height of a crop, as a share of the image's own."""


def augmented(images: torch.Tensor, how: Augmentation, generator: torch.Generator) -> torch.Tensor:
    """uint8 (N, C, H, W) -> the same, each image changed at random on its own.

    All is drawn from the generator, one of the CPU: every device sees the same images. Nothing but
    RandAugment waits for the device.
    """
    if how.crop < 1:
        images = cropped(images, crops(len(images), how.crop, generator))
    if how.shift:
        images = shifted(images, _drawn(-how.shift, how.shift + 1, (2, len(images)), generator))
    if how.flip:
        chosen = _drawn(0, 2, (len(images), 1, 1, 1), generator).bool()
        images = torch.where(_put(chosen, images), images.flip(-1), images)
    if how.randaugment:
        images = randaugmented(images, how.randaugment, generator)
    if how.erase:
        images = erased(images, how.erase, generator)
    return images


def crops(count: int, least: float, generator: torch.Generator) -> torch.Tensor:
    """(4, N): height and width of a crop, and where its middle is down and right of the image's.

    Heights and widths are shares of the image's sides; places are from -1 to 1, of half of a side. The
    area is uniform from `least` to 1, and the ratio of the sides uniform in its logarithm. A side longer
    than the image's is cut to it, where Szegedy et al. draw again.

    Source: Szegedy et al. 2014, arXiv 1409.4842, section 6.
    """
    area, ratio, down, right = torch.rand(4, count, generator=generator)
    area = least + (1 - least) * area
    low, high = log(RATIOS[0]), log(RATIOS[1])
    ratio = torch.exp(low + (high - low) * ratio)
    height, width = (area / ratio).sqrt().clamp(max=1), (area * ratio).sqrt().clamp(max=1)
    return torch.stack([height, width, (2 * down - 1) * (1 - height), (2 * right - 1) * (1 - width)])


def cropped(images: torch.Tensor, where: torch.Tensor) -> torch.Tensor:
    """Each image's crop, as `crops` gives it, in the size of the whole: bilinear, as it only grows."""
    height, width, down, right = where
    zero = torch.zeros_like(height)
    matrices = torch.stack([width, zero, right, zero, height, down]).T.reshape(-1, 2, 3)
    grid = F.affine_grid(_put(matrices, images), list(images.shape), align_corners=False)
    resized = F.grid_sample(images.float(), grid, padding_mode="border", align_corners=False)
    return resized.round().to(images.dtype)


def shifted(images: torch.Tensor, moves: torch.Tensor) -> torch.Tensor:
    """Images moved by (2, N) whole pixels, down and right; black comes in."""
    most = int(moves.abs().max())  # on the CPU: a device would be waited for
    moves = _put(moves, images)
    height, width = images.shape[-2:]
    padded = F.pad(images, (most, most, most, most)).permute(0, 2, 3, 1)
    rows = torch.arange(height, device=images.device) + most - moves[0][:, None]
    columns = torch.arange(width, device=images.device) + most - moves[1][:, None]
    each = torch.arange(len(images), device=images.device)[:, None, None]
    return padded[each, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def erased(images: torch.Tensor, share: float, generator: torch.Generator) -> torch.Tensor:
    """A black square of `share` of the side in each image, its centre anywhere."""
    keep = None
    for axis in (-2, -1):
        side = images.shape[axis]
        centre = _put(_drawn(0, side, (len(images), 1), generator), images)
        near = (torch.arange(side, device=images.device) - centre).abs() * 2 < share * side
        shape = (-1, 1, side, 1) if axis == -2 else (-1, 1, 1, side)
        near = near.reshape(shape)
        keep = near if keep is None else keep & near
    assert keep is not None
    return images.masked_fill(keep, 0)


def _drawn(low: int, high: int, shape: tuple[int, ...], generator: torch.Generator) -> torch.Tensor:
    return torch.randint(low, high, shape, generator=generator)


def _put(drawn: torch.Tensor, images: torch.Tensor) -> torch.Tensor:
    """On the images' device, without waiting for it."""
    return drawn.to(images.device, non_blocking=True)
