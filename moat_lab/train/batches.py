"""What a training draws from: images in batches, wherever they are kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import torch

from moat_lab.train.recipe import Augmentation, Recipe

LOOK_BATCH = 500
"""Most images of a look at val that the network sees at a time."""
LOOK_PIXELS = LOOK_BATCH * 32**2
NOTHING_TO_TRAIN_ON = "data: images that can be decoded are needed to train on; got none"
Batch = tuple[torch.Tensor, torch.Tensor]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One of `of` processes that share each batch."""

    rank: int = 0
    of: int = 1


WHOLE = Part()


class Images(Protocol):
    """Labelled images in batches on one device: float32 of mean 0 and deviation 1 over the train split."""

    @property
    def labels(self) -> torch.Tensor:
        """(N,), in order, on the device."""

    @property
    def mean(self) -> torch.Tensor:
        """Of the train split, (1, C, 1, 1)."""

    @property
    def deviation(self) -> torch.Tensor: ...

    def batches(
        self, batch: int, augmentation: Augmentation, generator: torch.Generator, part: Part = WHOLE
    ) -> Iterator[Batch]:
        """One epoch of full batches in random order, augmented and mixed, or this part of each: every
        `of`-th image. A part is mixed within itself, as much and in the same place as the others.
        """

    def in_order(self, part: Part = WHOLE, batch: int | None = None) -> Iterator[Batch]:
        """Every image once, as it is, or those of this part; None is the recipe's `look_batch`."""


def normalised(
    images: torch.Tensor, mean: torch.Tensor, deviation: torch.Tensor, memory_format: torch.memory_format
) -> torch.Tensor:
    """uint8 -> float32 of mean 0 and deviation 1 over the train split, in the recipe's layout."""
    return ((images.float() - mean) / deviation).contiguous(memory_format=memory_format)


def look_batch(recipe: Recipe) -> int:
    """How many images a look at val shows at a time, which its sums depend on to the last bit.

    500 of up to 32 px. Of larger ones as many as have the pixels of those, or the recipe's batch, whose
    training takes more memory than a look.
    """
    return min(LOOK_BATCH, max(recipe.batch, LOOK_PIXELS // recipe.resolution**2))


def layout(recipe: Recipe) -> torch.memory_format:
    """Torch's name for the recipe's memory format."""
    return torch.channels_last if recipe.memory_format == "channels_last" else torch.contiguous_format
