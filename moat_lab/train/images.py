"""The recipe's images: on the device where they fit, otherwise streamed to it."""

from __future__ import annotations

import os
from collections.abc import Callable

import numpy as np
import torch

from moat_lab.data import Dataset, dataset
from moat_lab.data.labelled_images import Indices
from moat_lab.device import memory_share
from moat_lab.train.batches import Images
from moat_lab.train.fresh import drawn_splits, placed_drawn
from moat_lab.train.recipe import Recipe
from moat_lab.train.recipe_checks import labels_of, numbers, parts_of, resolved
from moat_lab.train.resident import placed, resident_splits
from moat_lab.train.statistics import Statistics
from moat_lab.train.stream import Items, Streamed, streamed_splits


def load_images(
    recipe: Recipe, device: str, agree: Callable[[bool], bool] = lambda fits: fits, *, seed: int = 0
) -> tuple[Images, Images]:
    """The train and val splits: on the device where they fit in a share of its free memory, else streamed.

    Args:
        agree: whether they fit here -> whether they are to, the same in all processes of a training: random
            crops differ between the two.
        seed: of the training, on which its images depend with `split: per_seed`.

    Raises:
        UserError: no such data, or not that many images.
    """
    recipe, source = resolved(recipe), recipe.source
    if source.drawn is not None:
        return drawn_splits(recipe, source, device, seed)
    if source.encoded is None or agree(_fits(recipe, source, device)):
        return resident_splits(recipe, source, device, seed)
    return streamed_splits(recipe, source, device, seed)


def _fits(recipe: Recipe, source: Dataset, device: str) -> bool:
    """Whether both splits fit on the device; where they are decoded into memory, all images in that too."""
    pixels, images = recipe.resolution**2, sum(numbers(recipe))
    if source.labels != "objects":
        return images * source.in_chans * pixels <= memory_share() * free_bytes(device)
    each = source.in_chans * pixels + np.dtype(np.int16).itemsize * pixels  # with the map of its things
    return images * each <= memory_share() * free_bytes(
        device
    ) and source.size * each <= memory_share() * free_bytes("cpu")


def load_test(recipe: Recipe, train: Images, device: str, *, seed: int = 0) -> Images:
    """The test split of a resolved recipe, normalised as its train split: the data's own, or the rest.

    With `split: per_seed` the rest is what a training with this seed has not seen.
    """
    source, scales = recipe.source, Statistics(mean=train.mean, deviation=train.deviation)
    if source.test:
        source = source.test()
        return unchanged(source, np.arange(source.size), recipe.resolution, scales, device)
    part = parts_of(recipe, source, labels_of(source, recipe.resolution), seed).test
    return unchanged(source, part, recipe.resolution, scales, device)


def unchanged(source: Dataset, part: Indices, resolution: int, scales: Statistics, device: str) -> Images:
    """The images of a part for a validation; files are decoded on the way."""
    channels = torch.channels_last
    if source.encoded is not None:
        items = Items(encoded=source.encoded, part=part, resolution=resolution, replace=False)
        return Streamed(items=items, statistics=scales, device=torch.device(device), memory_format=channels)
    if source.drawn is not None:
        return placed_drawn(source.drawn, part, resolution, scales, channels, device)
    return placed(*source.images(resolution), part, scales, channels, device)


def image_storage(recipe: Recipe, images: Images) -> str | None:
    """`resident` or `streamed`, for data of files, where free memory decides it; None of other data.

    A random crop is not the same in both: see `stream`.
    """
    if dataset(recipe.data).encoded is None:
        return None
    return "streamed" if isinstance(images, Streamed) else "resident"


def free_bytes(device: str) -> int:
    """Of the device's memory; of a CPU, what its system could give."""
    if device.startswith("cuda"):
        torch.cuda.empty_cache()  # what torch keeps of a training before this one is free too
        return torch.cuda.mem_get_info(device)[0]
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            fields = dict(line.split(":", 1) for line in file)
        return int(fields["MemAvailable"].split()[0]) * 1024
    except (OSError, LookupError):  # no Linux: half of all memory is taken to be free
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
