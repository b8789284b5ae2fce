"""Images that live on the device, as uint8."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch

from moat_lab.data import Dataset
from moat_lab.data.labelled_images import Images as Pixels
from moat_lab.data.labelled_images import Indices, Targets
from moat_lab.errors import UserError
from moat_lab.train.augmentation import gathered, mixed
from moat_lab.train.augmentation_draws import Draws, epoch_draws
from moat_lab.train.batches import (
    NOTHING_TO_TRAIN_ON,
    VALIDATION_BATCH,
    WHOLE_BATCH,
    Batch,
    BatchLabels,
    BatchShare,
    layout,
    normalised,
    tensors,
    validation_batch,
)
from moat_lab.train.moved_labels import moved
from moat_lab.train.recipe import Augmentation, Recipe
from moat_lab.train.recipe_checks import labels_of, parts_of
from moat_lab.train.statistics import Statistics, moments, of_moments, of_pixels, sample


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Resident:
    """uint8 images (N, C, H, W) and their labels on one device, with the train split's mean and deviation."""

    images: torch.Tensor
    labels: BatchLabels
    mean: torch.Tensor
    deviation: torch.Tensor
    memory_format: torch.memory_format
    validation_batch: int = VALIDATION_BATCH
    classes: int = 0
    """How many there are, where images may be mixed."""

    def normalised(self, images: torch.Tensor) -> torch.Tensor:
        """As `normalised`, by these images' numbers."""
        return normalised(images, self.mean, self.deviation, self.memory_format)

    def epoch_draws(self, batch: int, how: Augmentation, generator: torch.Generator) -> Draws:
        """Which images make an epoch's batches, and how each is changed: (steps, ...), on the CPU."""
        sides = (self.images.shape[-2], self.images.shape[-1])
        return epoch_draws(how, len(self.labels), batch, sides, generator)

    def batch(self, how: Augmentation, draws: Draws, share: BatchShare = WHOLE_BATCH) -> Batch:
        """The drawn images of one step, and their labels; nothing is mixed."""
        assert draws.image is not None
        images = gathered(self.images, how, draws)
        labels = moved(self.labels[draws.image], draws)
        return self.normalised(images[share.images]), labels[share.images]

    def batches(
        self,
        batch: int,
        augmentation: Augmentation,
        generator: torch.Generator,
        share: BatchShare = WHOLE_BATCH,
    ) -> Iterator[Batch]:
        """One epoch of full batches in random order; a share is of what one process would see.

        All of the epoch is drawn before its first batch.
        """
        epoch = self.epoch_draws(batch, augmentation, generator).to(self.mean.device)
        for step in range(len(self.labels) // batch):
            draws = epoch.step(step)
            images, labels = self.batch(augmentation, draws, share)
            yield mixed(images, labels, augmentation, self.classes, draws.mix)

    def in_order(self, share: BatchShare = WHOLE_BATCH, batch: int | None = None) -> Iterator[Batch]:
        """Every image once, as it is."""
        images, labels = self.images[share.images], self.labels[share.images]
        size = batch or self.validation_batch
        for start in range(0, len(images), size):
            some = slice(start, start + size)
            yield self.normalised(images[some]), labels[some]


def resident_splits(recipe: Recipe, source: Dataset, device: str, seed: int = 0) -> tuple[Resident, Resident]:
    """Both splits on the device. In train an image that cannot be decoded is the next that can."""
    pixels, labels = source.images(recipe.resolution)
    parts = parts_of(recipe, source, labels_of(source, recipe.resolution), seed)
    broken = np.array([image.position for image in source.skipped(recipe.resolution)], dtype=np.int64)
    train, val = replaced(parts.train, broken), np.setdiff1d(parts.val, broken)
    if source.encoded is None or source.labels == "objects":
        statistics = of_pixels(pixels[train])
    else:
        statistics = of_moments(moments(pixels[at]) for at in np.setdiff1d(sample(parts.train), broken))
    place = partial(placed, pixels, labels, of=statistics, memory_format=layout(recipe), device=device)
    return (
        replace(place(train), classes=source.num_classes),
        replace(place(val), validation_batch=validation_batch(recipe)),
    )


def placed(
    pixels: Pixels,
    labels: Targets,
    part: Indices,
    of: Statistics,
    memory_format: torch.memory_format,
    device: str | torch.device,
) -> Resident:
    """The images of a part on the device, normalised by these statistics."""
    return Resident(
        images=torch.from_numpy(taken(pixels, part)).to(device),
        labels=tensors(labels[part]).to(device),
        mean=of.mean.to(device),
        deviation=of.deviation.to(device),
        memory_format=memory_format,
    )


def taken(pixels: Pixels, part: Indices) -> Pixels:
    """The images of a part; of neighbours no copy is made, so that processes share a map of them."""
    if len(part) and part[-1] - part[0] + 1 == len(part) and np.all(np.diff(part) == 1):
        return np.asarray(pixels[part[0] : part[-1] + 1])
    return np.asarray(pixels[part])


def replaced(part: Indices, broken: Indices) -> Indices:
    """The part with each broken image replaced by the next whole one of the part, at its end by the first.

    So the images of a training, and their order, depend on the files' names and the seed alone.

    Raises:
        UserError: all are broken.
    """
    good = np.flatnonzero(~np.isin(part, broken))
    if not len(good):
        raise UserError(NOTHING_TO_TRAIN_ON)
    if len(good) == len(part):
        return part
    return part[good[np.searchsorted(good, np.arange(len(part))) % len(good)]]
