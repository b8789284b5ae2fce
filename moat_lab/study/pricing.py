"""Networks with the costs that they have in a recipe: its resolution, classes and channels."""

from __future__ import annotations

from collections.abc import Mapping

from moat_lab.data import dataset
from moat_lab.grammar import Network, Space
from moat_lab.search.candidates import Candidates, Price, pricing
from moat_lab.train import Recipe


def price_of(recipe: Recipe) -> Price:
    """Network -> the network with its exact costs under this recipe."""
    source = dataset(recipe.data)
    return pricing(recipe.resolution, num_classes=source.num_classes, in_chans=source.in_chans)


def candidates_of(space: Space | Network, limits: Mapping[str, float], recipe: Recipe) -> Candidates:
    """The points of a space, their limits, and their costs under this recipe."""
    assert isinstance(space, Space)
    return Candidates(space=space, limits=limits, price=price_of(recipe))
