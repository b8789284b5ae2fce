"""The recipe's images, once on the device as uint8, in shuffled and augmented batches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from moat_lab.data import dataset, split
from moat_lab.proxy.augmentation import augmented
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
