"""Whether batch norms have something to normalise by, known before anything is built."""

from __future__ import annotations

from collections.abc import Iterator

from moat_lab.errors import UserError
from moat_lab.grammar import Network
from moat_lab.lowering import lower
from moat_lab.ops import BatchNorm, Shape
from moat_lab.train.recipe import Recipe


def check_batch_norms(network: Network, recipe: Recipe) -> None:
    """Raises UserError where a batch norm would see a single value of each channel in training.

    That is one image on a map of one pixel. Batches are always full, and norms see the batch of all the
    processes that share it, so that a recipe's batch is all there is to look at.
    """
    if recipe.batch > 1:
        return
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
        yield from ((stage, seen.pixels) for _, leaf, seen in op.leaves(shape) if isinstance(leaf, BatchNorm))
        shape = op.out(shape)
