"""What a training says before its first step: its data, its length, and what is odd."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from moat_lab.data import Dataset, dataset
from moat_lab.data.duplicates import SplitFiles, cached_digests, copies
from moat_lab.data.labelled_images import Encoded
from moat_lab.data.masked_files import MaskedFiles
from moat_lab.data.skip_report import BESIDE, few
from moat_lab.train.recipe import Recipe
from moat_lab.train.recipe_checks import numbers, parts_of


def data_summary(recipe: Recipe) -> str:
    """A line on the data of a resolved recipe: the images of each part, the classes, and what is odd.

    Odd are classes that a part lacks, images that stand byte for byte in two parts, as far as they were
    counted when the images were decoded, and folders of images that belong to no part.

    Raises:
        UserError: the data are not there, or fewer than the recipe takes.
    """
    source = dataset(recipe.data)
    test = source.test() if source.test else None
    said = [_sizes(recipe, source, test), _listed(f"{source.num_classes:,} classes", source.classes)]
    if source.encoded is not None and source.labels != "objects":
        said += _odd(_parts(recipe, source, source.encoded, test))
    if beside := [left.name for left in source.ignored_files if left.reason == BESIDE]:
        said.append(_listed("not read, beside train", beside))
    return f"{recipe.data}: {'; '.join(said)}"


def _sizes(recipe: Recipe, source: Dataset, test: Dataset | None) -> str:
    train, val = numbers(recipe)
    said = f"train {train:,} and val {val:,} of {source.size:,} images"
    if recipe.fresh:
        said = f"train {train:,} images, drawn anew in each epoch, and val {val:,} of {source.size:,}"
    if source.from_val is not None:
        given = int(source.from_val.sum())
        said = f"train {_taken(train, source.size - given)} images, val {_taken(val, given)}"
    return said + (f", test {test.size:,}" if test else "")


def _taken(size: int, there: int) -> str:
    return f"{size:,}" if size == there else f"{size:,} of {there:,}"


def _parts(recipe: Recipe, source: Dataset, encoded: Encoded, test: Dataset | None) -> list[SplitFiles]:
    """Those that the recipe takes, and the data's own test part."""
    taken = parts_of(recipe, source, encoded.labels)
    parts = [
        SplitFiles(name="train", encoded=encoded, positions=taken.train),
        SplitFiles(name="val", encoded=encoded, positions=taken.val),
    ]
    if test is not None and test.encoded is not None:
        parts.append(SplitFiles(name="test", encoded=test.encoded, positions=np.arange(test.size)))
    return parts


def _odd(parts: Sequence[SplitFiles]) -> Iterator[str]:
    for part in parts:
        if isinstance(part.encoded, MaskedFiles):
            continue
        there = set(part.encoded.labels[part.positions].tolist())
        lacks = [name for label, name in enumerate(part.encoded.classes) if label not in there]
        if lacks:
            yield _listed(f"{part.name} lacks {len(lacks):,}", lacks)
    yield from copies(parts)
    if cached_digests(parts[0].encoded) is None:
        yield "copies between parts are counted when it is decoded"


def _listed(what: str, names: Sequence[str]) -> str:
    return f"{what}: {few(names)}" if names else what


SHARE = 0.01
"""Of the initial weights, that a moving average may hold at the end without a word about it."""


def schedule_summary(recipe: Recipe) -> Iterator[str]:
    """How long it takes, and a warning where its moving average would hardly move."""
    steps = recipe.epochs * recipe.steps_per_epoch
    warm = f", {recipe.warmup_epochs:.3g} of them to warm up" if recipe.warmup_epochs else ""
    yield f"Epochs: {recipe.epochs}{warm}; steps in each: {recipe.steps_per_epoch}."
    left = recipe.ema**steps
    if left > SHARE:
        yield (
            f"Warning: with ema {recipe.ema:g} the weights that are validated and written hold "
            f"{100 * left:.3g} % of the initial ones after these {steps} steps; {100 * SHARE:g} % with ema "
            f"{SHARE ** (1 / steps):.5g}."
        )
