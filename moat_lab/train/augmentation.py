"""What is done to a batch of images on the device: to each on its own, and to pairs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

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
    if draws.crop is None and draws.shift is not None:
        return changed(shifted(images, draws.shift, draws.image), how, replace(draws, shift=None))
    return changed(images[draws.image], how, draws)


def cropped(images: torch.Tensor, where: torch.Tensor) -> torch.Tensor:
    """Each image's crop, as `crops` gives it, in the size of the whole: bilinear, as it only grows."""
    height, width, down, right = where
    zero = torch.zeros_like(height)
    matrices = torch.stack([width, zero, right, zero, height, down]).T.reshape(-1, 2, 3)
    grid = F.affine_grid(matrices, list(images.shape), align_corners=False)
    resized = F.grid_sample(images.float(), grid, padding_mode="border", align_corners=False)
    return resized.round().to(images.dtype)


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
