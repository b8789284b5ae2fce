"""Images of data that draw them: val once and for all, train anew in each epoch where the recipe says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import torch

from moat_lab.data import Dataset
from moat_lab.data.labelled_images import Drawn, Indices
from moat_lab.train.augmentation import changed, mixed
from moat_lab.train.augmentation_draws import drawn as augmentation_drawn
from moat_lab.train.augmentation_draws import mix_seed
from moat_lab.train.batches import (
    WHOLE_BATCH,
    Batch,
    BatchLabels,
    BatchShare,
    Images,
    layout,
    normalised,
    tensors,
    validation_batch,
)
from moat_lab.train.moved_labels import moved
from moat_lab.train.recipe import Augmentation, Recipe
from moat_lab.train.recipe_checks import parts_of
from moat_lab.train.resident import Resident, placed
from moat_lab.train.statistics import Moments, Statistics, moments, of_moments, sample

_BEYOND = 2**62
"""Positions of fresh images are below it: two are the same once in billions of trainings."""
_CHUNK = 256
"""Images that are drawn together where no batch says how many."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fresh:
    """Images that no epoch shows twice, as many in each as the part has; on one device in batches.

    Args:
        part: the data's own images in the train split; training sees others.
        after: positions from here on are not the data's own.
        classes: how many there are, where images may be mixed.
    """

    drawn: Drawn
    part: Indices
    after: int
    resolution: int
    statistics: Statistics
    device: torch.device
    memory_format: torch.memory_format
    validation_batch: int
    classes: int

    @property
    def mean(self) -> torch.Tensor:
        return self.statistics.mean

    @property
    def deviation(self) -> torch.Tensor:
        return self.statistics.deviation

    @property
    def labels(self) -> BatchLabels:
        """Of the data's own images, which are drawn for it."""
        return self._images(self.part)[1]

    def batches(
        self,
        batch: int,
        augmentation: Augmentation,
        generator: torch.Generator,
        share: BatchShare = WHOLE_BATCH,
    ) -> Iterator[Batch]:
        """One epoch; a process draws its share alone, and sees what one process would see of it."""
        steps = len(self.part) // batch
        sides = (self.resolution, self.resolution)
        for chosen in torch.randint(self.after, _BEYOND, (steps, batch), generator=generator):
            draws = augmentation_drawn(augmentation, batch, sides, generator)
            mix = mix_seed(augmentation, generator)
            images, labels = self._images(chosen[share.images].numpy())
            draws = draws.each(lambda of_batch: of_batch[..., share.images]).to(self.device)
            yield mixed(
                self._normalised(changed(images, augmentation, draws)),
                moved(labels, draws),
                augmentation,
                self.classes,
                mix,
            )

    def in_order(self, share: BatchShare = WHOLE_BATCH, batch: int | None = None) -> Iterator[Batch]:
        """The data's own images, each once and as it is."""
        own, size = self.part[share.images], batch or self.validation_batch
        for start in range(0, len(own), size):
            images, labels = self._images(own[start : start + size])
            yield self._normalised(images), labels

    def _images(self, positions: Indices) -> Batch:
        pixels, labels = self.drawn.labelled(positions, self.resolution)
        placed = torch.from_numpy(pixels).to(self.device, non_blocking=True)
        return placed, tensors(labels).to(self.device, non_blocking=True)

    def _normalised(self, images: torch.Tensor) -> torch.Tensor:
        return normalised(images, self.mean, self.deviation, self.memory_format)


def drawn_splits(recipe: Recipe, source: Dataset, device: str, seed: int = 0) -> tuple[Images, Images]:
    """Both splits of data that are drawn: only the images that the recipe takes."""
    drawn = source.drawn
    assert drawn is not None
    parts = parts_of(recipe, source, drawn.labels, seed)
    found = of_moments(_moments(drawn, sample(parts.train), recipe.resolution))
    of = Statistics(mean=found.mean.to(device), deviation=found.deviation.to(device))

    def kept(part: Indices) -> Resident:
        return placed_drawn(drawn, part, recipe.resolution, of, layout(recipe), device)

    val = replace(kept(parts.val), validation_batch=validation_batch(recipe))
    if not recipe.fresh:
        return replace(kept(parts.train), classes=source.num_classes), val
    train = Fresh(
        drawn=drawn,
        part=parts.train,
        after=source.size,
        resolution=recipe.resolution,
        statistics=of,
        device=torch.device(device),
        memory_format=layout(recipe),
        validation_batch=validation_batch(recipe),
        classes=source.num_classes,
    )
    return train, val


def placed_drawn(
    drawn: Drawn,
    part: Indices,
    resolution: int,
    statistics: Statistics,
    memory_format: torch.memory_format,
    device: str,
) -> Resident:
    """The images of a part, drawn once; no others are."""
    pixels, labels = drawn.labelled(part, resolution)
    return placed(pixels, labels, np.arange(len(part)), statistics, memory_format, device)


def _moments(drawn: Drawn, positions: Indices, resolution: int) -> Iterator[Moments]:
    for start in range(0, len(positions), _CHUNK):
        yield from map(moments, drawn.images(positions[start : start + _CHUNK], resolution))
