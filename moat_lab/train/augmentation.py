"""What is done to a batch of images on the device: to each on its own, and to pairs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from math import floor, log2

import numpy as np
import torch
import torch.nn.functional as F
from timm.data.mixup import Mixup

from moat_lab.train.augmentation_draws import Draws, drawn
from moat_lab.train.randaugment import randaugmented
from moat_lab.train.recipe import Augmentation


def augmented(images: torch.Tensor, how: Augmentation, generator: torch.Generator) -> torch.Tensor:
    """uint8 (N, C, H, W) -> the same, each image changed at random on its own.

    All is drawn from the generator, one of the CPU: every device sees the same images.
    """
    draws = drawn(how, len(images), (images.shape[-2], images.shape[-1]), generator)
    return changed(images, how, draws.to(images.device))


def changed(images: torch.Tensor, how: Augmentation, draws: Draws) -> torch.Tensor:
    """uint8 (N, C, H, W) -> the same, each image changed as drawn. Only RandAugment waits for the device."""
    if draws.crop is not None:
        images = cropped(images, draws.crop)
    if draws.scale is not None:
        images = scaled(images, draws.scale, how.scale[0])
    if draws.shift is not None:
        images = shifted(images, draws.shift)
    if draws.flip is not None:
        images = torch.where(draws.flip[:, None, None, None], images.flip(-1), images)
    if draws.randaugment is not None:
        images = randaugmented(images, how.randaugment, draws.randaugment)
    if draws.erase is not None:
        images = erased(images, how.erase, draws.erase)
    return images


def gathered(images: torch.Tensor, how: Augmentation, draws: Draws) -> torch.Tensor:
    """The drawn ones of all images (M, C, H, W), changed as drawn; moved while they are gathered."""
    assert draws.image is not None
    if draws.crop is None and draws.scale is None and draws.shift is not None:
        return changed(shifted(images, draws.shift, draws.image), how, replace(draws, shift=None))
    return changed(images[draws.image], how, draws)


def cropped(images: torch.Tensor, where: torch.Tensor) -> torch.Tensor:
    """Each image's crop, as `crops` gives it, in the size of the whole: bilinear, as it only grows."""
    grid = sampling_grid(where, images.shape[-2], images.shape[-1])
    resized = F.grid_sample(images.float(), grid, padding_mode="border", align_corners=False)
    return resized.round().to(images.dtype)


def scaled(images: torch.Tensor, where: torch.Tensor, least: float) -> torch.Tensor:
    """Each image as `frames` places it, in the size of the whole; around smaller ones it is black.

    An image that shrinks by more than 2 is first halved, as often as needed, so that no pixel is left out.
    Every image is sampled at each of these sizes: shapes do not depend on what was drawn.

    Args:
        least: size of the smallest image.
    """
    height, width = images.shape[-2:]
    grid = sampling_grid(where, height, width)
    times = torch.log2(where[0].clamp(min=1)).floor()[:, None, None, None]
    whole = images.float()
    placed = F.grid_sample(whole, grid, padding_mode="border", align_corners=False)
    for halvings in range(1, floor(log2(max(1.0, 1 / least))) + 1):
        sides = max(1, height >> halvings), max(1, width >> halvings)
        small = F.interpolate(whole, size=sides, mode="bilinear", antialias=True)
        of_small = F.grid_sample(small, grid, padding_mode="border", align_corners=False)
        placed = torch.where(times >= halvings, of_small, placed)
    return (placed * within_image(grid)[:, None]).round().to(images.dtype)


def sampling_grid(where: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """(N, H, W, 2): where each pixel comes from, right and down, from -1 to 1 in the image.

    Args:
        where: (4, N), as `crops` and `frames` give it.
    """
    of_height, of_width, down, right = where
    zero = torch.zeros_like(of_height)
    matrices = torch.stack([of_width, zero, right, zero, of_height, down]).T.reshape(-1, 2, 3)
    return F.affine_grid(matrices, [len(matrices), 1, height, width], align_corners=False)


def within_image(grid: torch.Tensor) -> torch.Tensor:
    """(N, H, W) whether a pixel comes from the image."""
    return (grid.abs() <= 1).all(dim=-1)


def shifted(images: torch.Tensor, moves: torch.Tensor, which: torch.Tensor | None = None) -> torch.Tensor:
    """Images (of `which`, all once) moved by (2, N) whole pixels, down and right; black comes in."""
    height, width = images.shape[-2:]
    rows = torch.arange(height, device=images.device) - moves[0][:, None]
    columns = torch.arange(width, device=images.device) - moves[1][:, None]
    inside = _within(rows, height)[:, :, None] & _within(columns, width)[:, None, :]
    which = torch.arange(len(images), device=images.device) if which is None else which
    rows, columns = rows.clamp(0, height - 1), columns.clamp(0, width - 1)
    moved = images[which[:, None, None], :, rows[:, :, None], columns[:, None, :]]
    return (moved * inside[..., None]).permute(0, 3, 1, 2)


def erased(images: torch.Tensor, share: float, middles: torch.Tensor) -> torch.Tensor:
    """A black square of `share` of the side in each image, its middle at (2, N) row and column."""
    near = [
        (torch.arange(side, device=images.device) - middle[:, None]).abs() * 2 < share * side
        for side, middle in zip(images.shape[-2:], middles, strict=True)
    ]
    return images.masked_fill(near[0][:, None, :, None] & near[1][:, None, None, :], 0)


def _within(places: torch.Tensor, side: int) -> torch.Tensor:
    return (places >= 0) & (places < side)


Batch = tuple[torch.Tensor, torch.Tensor]


def mixed(
    images: torch.Tensor, labels: torch.Tensor, how: Augmentation, classes: int, seed: torch.Tensor | None
) -> Batch:
    """Images (N, C, H, W), which are overwritten, and labels (N,) -> images, and shares of classes (N, K).

    Where nothing is mixed, there is no seed, and the labels stay as they are. How much, and where, is the
    same for a whole batch. timm draws it from numpy's global generator, which is seeded here and then
    put back.

    Sources: Zhang et al. 2017, arXiv 1710.09412; Yun et al. 2019, arXiv 1905.04899.
    """
    if seed is None:
        return images, labels
    mix = Mixup(how.mixup, how.cutmix, label_smoothing=0.0, num_classes=classes)  # type: ignore[no-untyped-call]
    with _numpy_seeded(int(seed)):
        images, shares = mix(images, labels)
    return images, shares


@contextmanager
def _numpy_seeded(seed: int) -> Iterator[None]:
    before = np.random.get_state()
    np.random.seed(seed)
    try:
        yield
    finally:
        np.random.set_state(before)
