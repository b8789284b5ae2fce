"""The recipe's images, once on the device as uint8, in shuffled and augmented batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F

from moat_lab.data import dataset, split
from moat_lab.proxy.recipe import Augmentation, Recipe

EVALUATION_BATCH = 500


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Images:
    """uint8 images (N, C, H, W) and labels (N,) on one device, with the train split's mean and deviation."""

    images: torch.Tensor
    labels: torch.Tensor
    mean: torch.Tensor
    deviation: torch.Tensor
    memory_format: torch.memory_format

    def normalised(self, images: torch.Tensor) -> torch.Tensor:
        """uint8 -> float32 of mean 0 and deviation 1 over the train split, in the recipe's layout."""
        scaled = (images.float() - self.mean) / self.deviation
        return scaled.contiguous(memory_format=self.memory_format)

    def batches(
        self, batch: int, augmentation: Augmentation, generator: torch.Generator
    ) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """One epoch of full batches in random order."""
        order = torch.randperm(len(self.labels), generator=generator).to(self.labels.device)
        for chosen in order[: len(order) // batch * batch].split(batch):
            yield (
                self.normalised(augmented(self.images[chosen], augmentation, generator)),
                self.labels[chosen],
            )

    def in_order(self) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Every image once, as it is."""
        for images, labels in zip(
            self.images.split(EVALUATION_BATCH), self.labels.split(EVALUATION_BATCH), strict=True
        ):
            yield self.normalised(images), labels


def load_images(recipe: Recipe, device: str) -> tuple[Images, Images]:
    """The train and val splits.

    Raises:
        UserError: no such data, or not that many images.
    """
    images, labels = dataset(recipe.data).images(recipe.resolution)
    parts = split(labels, train=recipe.train, val=recipe.val, seed=recipe.split_seed)
    train = torch.from_numpy(images[parts.train])
    deviation, mean = torch.std_mean(train.float(), dim=(0, 2, 3), keepdim=True)
    shared = {
        "mean": mean.to(device),
        "deviation": deviation.clamp_min(1.0).to(device),  # a channel without contrast stays finite
        "memory_format": layout(recipe),
    }
    return tuple(  # type: ignore[return-value]
        Images(
            images=torch.from_numpy(images[part]).to(device),
            labels=torch.from_numpy(labels[part]).to(device),
            **shared,  # type: ignore[arg-type]
        )
        for part in (parts.train, parts.val)
    )


def layout(recipe: Recipe) -> torch.memory_format:
    """Torch's name for the recipe's memory format."""
    return torch.channels_last if recipe.memory_format == "channels_last" else torch.contiguous_format


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
