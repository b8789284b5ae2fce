"""What a network says before it is trained: scores of its first weights, and its latency."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from moat_lab.device import check_device
from moat_lab.grammar import Network, to_network
from moat_lab.measure.timing import Latency, module_latency
from moat_lab.records import Measurement
from moat_lab.tasks import TASKS
from moat_lab.train.provenance import environment
from moat_lab.train.recipe import Augmentation, Recipe, load_recipe
from moat_lab.train.recipe_checks import check_network, resolved
from moat_lab.train.run import Run, derived
from moat_lab.train.scores import SCORES

if TYPE_CHECKING:
    import torch


def measure(
    network: Network | str,
    recipe: Recipe | Path | str,
    seed: int,
    *,
    device: str = "cpu",
    latency: bool = False,
) -> Measurement:
    """Every score of the weights that a training with this seed starts from, on its first batch.

    The batch is the training's own, but not augmented; all is computed without autocast.

    Args:
        network: a network, its text, or a name of the ZOO.
        recipe: a recipe, or the path of its YAML.
        latency: whether to time a forward pass as well, of one image of the recipe's resolution.

    Raises:
        GrammarError, UserError: the network, recipe, data or device does not exist, or a batch norm would
            see one value.
    """
    network = to_network(network)
    recipe = resolved(recipe if isinstance(recipe, Recipe) else load_recipe(recipe))
    check_network(network, recipe)

    from moat_lab.numerics import deterministic
    from moat_lab.train.memory import keep_freed_memory
    from moat_lab.train.short_training import pretrain
    from moat_lab.train.trainer import fresh_model

    check_device(device)
    keep_freed_memory()
    pretrain(Run(network=network, recipe=recipe, seed=seed), device)
    with deterministic(device):
        model = fresh_model(network, recipe, seed, device)
        images, labels = first_batch(recipe, seed, device)
        values = {name: score(model, images, labels, TASKS[recipe.task]) for name, score in SCORES.items()}
    sides = (recipe.resolution, recipe.resolution)
    timed = (
        module_latency(model, sides, layout=recipe.memory_format, in_chans=images.shape[1])
        if latency
        else None
    )
    return Measurement(
        network=str(network),
        network_key=network.key,
        recipe_key=recipe.key,
        seed=seed,
        values=values | ({"latency_ms": timed.latency_ms} if timed else {}),
        conditions=conditions(timed) if timed else {},
        environment=environment(device),
    )


def first_batch(recipe: Recipe, seed: int, device: str) -> tuple[torch.Tensor, torch.Tensor]:
    """The images (N, C, H, W), normalised and not augmented, and labels (N,) of a training's first step."""
    import torch

    from moat_lab.train.images import load_images

    train, _ = load_images(recipe, device, seed=seed)
    order = torch.Generator().manual_seed(derived(seed, "order"))
    return next(train.batches(recipe.batch, Augmentation(), order))


def conditions(latency: Latency) -> dict[str, Any]:
    """What a latency depends on, and how far it scattered; JSON values only."""
    return {
        "device": latency.device,
        "threads": latency.threads,
        "dtype": latency.dtype,
        "layout": latency.layout,
        "batch": latency.batch,
        "resolution": list(latency.resolution),
        "repeats": latency.repeats,
        "quartiles_ms": list(latency.quartiles_ms),
    }
