"""What is done to a batch of images on the device, at random and each image on its own."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from moat_lab.proxy.recipe import Augmentation


def augmented(images: torch.Tensor, how: Augmentation, generator: torch.Generator) -> torch.Tensor:
    """(N, C, H, W) -> the same, each image changed at random on its own."""
    if how.shift:
        images = shifted(images, _integers(-how.shift, how.shift + 1, (2, len(images)), images, generator))
    if how.flip:
        chosen = _integers(0, 2, (len(images), 1, 1, 1), images, generator).bool()
        images = torch.where(chosen, images.flip(-1), images)
    if how.erase:
        images = erased(images, how.erase, generator)
    return images


def shifted(images: torch.Tensor, moves: torch.Tensor) -> torch.Tensor:
    """Images moved by (2, N) whole pixels, down and right; black comes in."""
    most = int(moves.abs().max())
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
        centre = _integers(0, side, (len(images), 1), images, generator)
        near = (torch.arange(side, device=images.device) - centre).abs() * 2 < share * side
        shape = (-1, 1, side, 1) if axis == -2 else (-1, 1, 1, side)
        near = near.reshape(shape)
        keep = near if keep is None else keep & near
    assert keep is not None
    return images.masked_fill(keep, 0)


def _integers(
    low: int, high: int, shape: tuple[int, ...], like: torch.Tensor, generator: torch.Generator
) -> torch.Tensor:
    return torch.randint(low, high, shape, generator=generator).to(like.device, non_blocking=True)
