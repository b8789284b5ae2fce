"""One evaluation, from a network's text to its record."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from moat_lab.costs import Cost, cost
from moat_lab.data import dataset
from moat_lab.device import check_alone, check_context
from moat_lab.errors import UserError
from moat_lab.grammar import Network
from moat_lab.grammar import network as to_network
from moat_lab.records import Epoch, Evaluation
from moat_lab.train.batch_norm import check_batch_norms
from moat_lab.train.failure import advised, told
from moat_lab.train.recipe import Recipe, check_until, load_recipe
from moat_lab.train.sizes import resolved
from moat_lab.whole import FULL

if TYPE_CHECKING:
    from moat_lab.train.short_course import Training


def evaluate(
    network: Network | str,
    recipe: Recipe | Path | str,
    seed: int,
    *,
    device: str = "cpu",
    on_epoch: Callable[[Epoch], None] | None = None,
    until: int | None = None,
    checkpoints: Path | None = None,
) -> Evaluation:
    """Train a network as the recipe says, and look at val.

    Initial weights, order of the images, augmentation and split depend on the seed and the recipe
    alone, so that networks trained with equal seeds are paired. On a CPU with the same number of
    threads the same seed gives the same result to the last bit, also where it was paused on the way.

    Args:
        network: a network, its text, or a name of the ZOO.
        recipe: a recipe, its name, or the path of its YAML.
        on_epoch: called at each point of the learning curve that is new.
        until: the epoch after which to pause, one at which val is looked at; None trains to the end.
        checkpoints: a folder. Pausing leaves the training there, and from there it goes on if it can;
            a checkpoint that is damaged, of other versions, or beyond `until` is as good as none.
            Without a folder a paused training cannot go on.

    Returns:
        A finished evaluation, a paused one, or a failed one with what went wrong: a loss that is not
        finite, memory. Where memory ran out, the error begins with the largest batch that fits. Of data of
        files, `images` in the environment is `resident`, or `streamed` where they would take too much of
        the free memory: a random crop is then of the whole file, in place of the square in its middle.

    Raises:
        GrammarError, UserError: the network, recipe, data or device does not exist, val is not looked at
            after `until`, a batch norm would see one value, or the optimiser keeps what cannot be written
            down.
            after `until`, or the optimiser keeps what cannot be written down.
        OSError: no space is left for a checkpoint or a cache.
    """
    network = to_network(network)
    recipe = recipe if isinstance(recipe, Recipe) else load_recipe(recipe)
    if until is not None:
        check_until(recipe, until)
    recipe = resolved(recipe)
    check_batch_norms(network, recipe)
    price = priced(network, recipe)

    from moat_lab.numerics import deterministic
    from moat_lab.train.memory import batch_advice, give_back, out_of_memory
    from moat_lab.train.short_course import Training, train

    training, error, short = Training(), None, False
    try:
        train(
            training,
            network,
            recipe,
            seed,
            device=device,
            on_epoch=on_epoch,
            until=until,
            checkpoints=checkpoints,
        )
    except UserError:
        raise
    except Exception as failure:
        check_context(device, failure)
        if isinstance(failure, OSError) and failure.errno in FULL:
            raise
        error, short = told(failure), out_of_memory(failure)
    if short:  # after the failure, which holds on to all of the training's tensors
        give_back()
        check_alone(error)
        with deterministic(device):
            error = advised(str(error), batch_advice(network, recipe, seed, device))
    return record(price, recipe, seed, training, error, device)


def priced(network: Network, recipe: Recipe) -> Cost:
    """What the network costs on the recipe's images."""
    source = dataset(recipe.data)
    return cost(network, recipe.resolution, num_classes=source.num_classes, in_chans=source.in_chans)


def record(
    price: Cost, recipe: Recipe, seed: int, training: Training, error: str | None, device: str
) -> Evaluation:
    """What a training gave, as it is written down."""
    from moat_lab.train.environment import environment

    last = training.curve[-1] if training.curve else None
    status = _status(training, recipe, error)
    return Evaluation(
        network=str(price.network),
        network_key=price.network.key,
        recipe=recipe.content(),
        recipe_key=recipe.key,
        seed=seed,
        status=status,
        error=error,
        scores={"top1": last.top1} if last and status == "ok" else {},
        final_loss=last.train_loss if last else None,
        curve=tuple(training.curve),
        costs=price.values,
        train_s=training.train_s,
        images_per_s=training.images / training.train_s if training.train_s else 0.0,
        environment=environment(device) | conditions(training),
        peak_memory_bytes=training.peak_bytes,
    )


def failed(network: str, recipe: Recipe, seed: int, *, device: str, error: str) -> Evaluation:
    """The record of a training of which only the error is left."""
    from moat_lab.train.short_course import Training

    recipe = resolved(recipe)
    return record(priced(to_network(network), recipe), recipe, seed, Training(), error, device)


def conditions(training: Training) -> dict[str, Any]:
    """What a record says of how the training ran, where there was a choice."""
    known = {
        "images": training.kept,
        "cuda_graph": training.cuda_graph,
        "nondeterministic": training.nondeterministic,
    }
    return {name: value for name, value in known.items() if value is not None}


def _status(training: Training, recipe: Recipe, error: str | None) -> Literal["ok", "failed", "paused"]:
    if error:
        return "failed"
    return "ok" if training.epochs == recipe.epochs else "paused"
