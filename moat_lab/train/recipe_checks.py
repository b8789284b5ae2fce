"""A recipe held against its data and a network: how many images `all` is, whether batch norms can work."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from moat_lab.data import Dataset, Split, dataset, division, sizes
from moat_lab.data.labelled_images import Labels
from moat_lab.errors import UserError
from moat_lab.grammar import Network
from moat_lab.heads import kind_of
from moat_lab.lowering import lower
from moat_lab.ops import BatchNorm, Shape
from moat_lab.train.recipe import Recipe
from moat_lab.train.run import derived


def resolved(recipe: Recipe) -> Recipe:
    """The recipe with numbers in place of `all`, and a digest behind the weights that it starts from.

    An evaluation's record holds both: with more images, or other weights, it is another recipe, of another
    key.

    Raises:
        UserError: the data are not there, have no val part of their own, or are fewer than a batch; or they
            cannot be drawn anew; or the weights are not there, or others than the recipe says, or layers
            are frozen that start from none.
    """
    if recipe.fresh:
        check_fresh(recipe)
    if recipe.freezes and not recipe.start:
        raise UserError(
            "recipe: weights to start from are needed for frozen_stages and head_epochs; got none\n"
            "  give --weights, or `weights` or `pretrain` in the recipe"
        )
    if recipe.weights:
        from moat_lab.models.starting_weights import with_digest  # a room that loads torch

        recipe = recipe.model_copy(update={"weights": with_digest(recipe.weights)})
    if recipe.pretrain:
        recipe = recipe.model_copy(update={"pretrain": resolved(recipe.pretrain)})
    if "all" not in (recipe.train, recipe.val):
        return recipe
    train, val = sizes(dataset(recipe.data), train=recipe.train, val=recipe.val)
    if recipe.batch > train:
        raise UserError(
            f"recipe: batch needs to be at most train; got batch {recipe.batch}, and {train} images\n"
            "  take a smaller batch, or more images"
        )
    return recipe.model_copy(update={"train": train, "val": val})


def check_fresh(recipe: Recipe) -> None:
    """Raises UserError unless the recipe's data can be drawn anew."""
    if dataset(recipe.data).drawn is None:
        raise UserError(
            f"recipe: data that are drawn are needed for `fresh`; got {recipe.data}, whose images are given\n"
            "  leave fresh out, or take scenes:pair, shifted or others of their kind"
        )


def numbers(recipe: Recipe) -> tuple[int, int]:
    """Images of train and val in a recipe that was resolved."""
    assert isinstance(recipe.train, int)
    assert isinstance(recipe.val, int)
    return recipe.train, recipe.val


def parts_of(recipe: Recipe, source: Dataset, labels: Labels, seed: int = 0) -> Split:
    """The positions of a resolved recipe's images, those that cannot be decoded among them.

    Args:
        seed: of the training, on which its images depend with `split: per_seed`.
    """
    train, val = numbers(recipe)
    of_seed = derived(seed, "train split") if recipe.split == "per_seed" else None
    return division(source, labels, train=train, val=val, seed=recipe.split_seed, train_seed=of_seed)


def labels_of(source: Dataset, resolution: int) -> Labels:
    """(N,) what a split keeps in proportion; only data that have nothing but images are asked for those."""
    kept = source.encoded or source.drawn
    if kept:
        return kept.labels
    labels = source.images(resolution)[1]
    if isinstance(labels, np.ndarray) and labels.ndim == 1:
        return labels.astype(np.int64, copy=False)
    return np.zeros(source.size, dtype=np.int64)  # maps and things are in no class as a whole


def size_of_test(recipe: Recipe) -> int:
    """How many images the test split of a resolved recipe has, those that cannot be decoded among them.

    Raises:
        UserError: it has none.
    """
    source = dataset(recipe.data)
    left = source.size - sum(numbers(recipe)) if source.from_val is None else 0
    size = source.test().size if source.test else left
    if not size:
        raise UserError(
            f"test: images that are neither trained on nor validated on are needed; {recipe.data} has none\n"
            "  add a test part to the data, or take fewer images for train in the recipe"
        )
    return size


def check_network(network: Network, recipe: Recipe) -> None:
    """Raises UserError where a resolved recipe cannot train the network, or cannot pretrain it."""
    check_batch_norms(network, recipe)
    if recipe.frozen_stages > len(network.stages):
        raise UserError(
            f"frozen_stages: at most {len(network.stages)}, the stages that there are, is needed; got "
            f"{recipe.frozen_stages}, with {network}"
        )
    if recipe.pretrain:
        check_network(network, recipe.pretrain)


def check_batch_norms(network: Network, recipe: Recipe) -> None:
    """Raises UserError where a batch norm would see a single value of each channel in training.

    That is one image on a map of one pixel. Batches are always full, and norms see the batch of all the
    processes that share it, so that a recipe's batch is all that counts.
    """
    if recipe.batch > 1:
        return
    head = recipe.inputs.head
    if head is not None and head.pools:
        raise UserError(
            "batch norm: two values of each channel or more are needed in training; got one, with batch "
            f"{recipe.batch} and the mean over all pixels in head {kind_of(head)}\n"
            "  take a batch of 2 or more"
        )
    for part, pixels in _normalised_maps(network, recipe.resolution):
        if pixels == 1:
            raise UserError(
                "batch norm: two values of each channel or more are needed in training; got one, with batch "
                f"{recipe.batch} and a map of one pixel in {part} at {recipe.resolution} px, of {network}\n"
                "  take a batch of 2 or more, or a higher resolution"
            )


def _normalised_maps(network: Network, resolution: int) -> Iterator[tuple[str, int]]:
    """Where each batch norm stands, and the pixels of the map that it sees."""
    shape = Shape(1, resolution, resolution)
    for part, op in lower(network, num_classes=0).parts:
        stage = f"stage {int(part.split('.')[1]) + 1}" if "." in part else f"the {part}"
        yield from (
            (stage, inputs.pixels) for _, leaf, inputs in op.leaves(shape) if isinstance(leaf, BatchNorm)
        )
        shape = op.out(shape)
