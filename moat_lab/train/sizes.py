"""How many images `all` is."""

from __future__ import annotations

from moat_lab.data import Dataset, Split, dataset, division, sizes
from moat_lab.data.dataset import Labels
from moat_lab.errors import UserError
from moat_lab.train.recipe import Recipe


def resolved(recipe: Recipe) -> Recipe:
    """The recipe with numbers in place of `all`; one without `all` is given back as it is.

    An evaluation's record holds the numbers: with more images it is another recipe, of another key.

    Raises:
        UserError: the data are not there, have no val part of their own, or are fewer than a batch.
    """
    if "all" not in (recipe.train, recipe.val):
        return recipe
    train, val = sizes(dataset(recipe.data), train=recipe.train, val=recipe.val)
    if recipe.batch > train:
        raise UserError(
            f"recipe: batch needs to be at most train; got batch {recipe.batch}, and {train} images\n"
            "  take a smaller batch, or more images"
        )
    return recipe.model_copy(update={"train": train, "val": val})


def numbers(recipe: Recipe) -> tuple[int, int]:
    """Images of train and val in a recipe that was resolved."""
    assert isinstance(recipe.train, int)
    assert isinstance(recipe.val, int)
    return recipe.train, recipe.val


def parts_of(recipe: Recipe, source: Dataset, labels: Labels) -> Split:
    """The positions of a resolved recipe's images, those that cannot be decoded among them."""
    train, val = numbers(recipe)
    return division(source, labels, train=train, val=val, seed=recipe.split_seed)
