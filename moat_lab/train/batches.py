"""What a training draws from: images in batches, wherever they are kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from moat_lab.data.labelled_images import Targets
from moat_lab.data.objects import Objects
from moat_lab.train.recipe import Augmentation, Recipe

VALIDATION_BATCH = 500
"""Most images that the network sees at a time in a validation."""
VALIDATION_PIXELS = VALIDATION_BATCH * 32**2
NOTHING_TO_TRAIN_ON = "data: images that can be decoded are needed to train on; got none"
BatchLabels = Any
"""Of a batch: classes (N,), shares of classes (N, K), maps of classes (N, H, W) or `Objects` of N images."""
Batch = tuple[torch.Tensor, BatchLabels]


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchShare:
    """What one of `of` processes takes of each batch: every `of`-th image."""

    rank: int = 0
    of: int = 1

    @property
    def images(self) -> slice:
        """Its images, by their positions in the batch."""
        return slice(self.rank, None, self.of)


WHOLE_BATCH = BatchShare()


class Images(Protocol):
    """Labelled images in batches on one device: float32 of mean 0 and deviation 1 over the train split."""

    @property
    def labels(self) -> BatchLabels:
        """Of all images, in order, on the device."""

    @property
    def mean(self) -> torch.Tensor:
        """Of the train split, (1, C, 1, 1)."""

    @property
    def deviation(self) -> torch.Tensor: ...

    def batches(
        self,
        batch: int,
        augmentation: Augmentation,
        generator: torch.Generator,
        share: BatchShare = WHOLE_BATCH,
    ) -> Iterator[Batch]:
        """One epoch of full batches in random order, augmented and mixed, or this share of each. A
        share is mixed within itself, as much and in the same place as the others.
        """

    def in_order(self, share: BatchShare = WHOLE_BATCH, batch: int | None = None) -> Iterator[Batch]:
        """Every image once, as it is, or those of this share; None is the recipe's `validation_batch`."""


def tensors(labels: Targets) -> BatchLabels:
    """Labels of a dataset as tensors, without a copy."""
    return labels.each(torch.from_numpy) if isinstance(labels, Objects) else torch.from_numpy(labels)


def normalised(
    images: torch.Tensor, mean: torch.Tensor, deviation: torch.Tensor, memory_format: torch.memory_format
) -> torch.Tensor:
    """uint8 -> float32 of mean 0 and deviation 1 over the train split, in the recipe's layout."""
    return ((images.float() - mean) / deviation).contiguous(memory_format=memory_format)


def validation_batch(recipe: Recipe) -> int:
    """How many images a validation takes at a time, which its sums depend on to the last bit.

    500 of up to 32 px. Of larger ones as many as have the pixels of those, or the recipe's batch, whose
    training takes more memory than a validation.
    """
    return min(VALIDATION_BATCH, max(recipe.batch, VALIDATION_PIXELS // recipe.resolution**2))


def layout(recipe: Recipe) -> torch.memory_format:
    """Torch's name for the recipe's memory format."""
    return torch.channels_last if recipe.memory_format == "channels_last" else torch.contiguous_format
