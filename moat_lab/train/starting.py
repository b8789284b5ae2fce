"""What a training starts from: weights of another network, as far as they fit, in place of fresh ones."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import torch
from torch import nn

from moat_lab.errors import UserError
from moat_lab.grammar import Network
from moat_lab.models.headed import built
from moat_lab.models.inheritance import CLASSIFIER, HEAD, Inheritance, inherit
from moat_lab.models.starting_weights import read_starting_weights
from moat_lab.train.pretrained import pretrained_state, pretraining_of
from moat_lab.train.recipe import Recipe
from moat_lab.train.run import Run

_LISTED = 3


def start_from(model: nn.Module, run: Run, device: str) -> Inheritance:
    """What a fresh model of a run's network takes over of the weights that the recipe names.

    Raises:
        UserError: as `read_starting_weights`; or nothing of them fits before the head.
    """
    return _inherited(model, run.network, run.recipe, _state(run, device))


@lru_cache(maxsize=64)
def inheritance_of(network: Network, recipe: Recipe) -> Inheritance:
    """What `start_from` would take over, found without memory for a model, and without a pretraining."""
    with torch.device("meta"):
        model = built(network, recipe.inputs)
        known = built(network, recipe.pretrain.inputs).state_dict() if recipe.pretrain else None
    return _inherited(model, network, recipe, known or read_starting_weights(recipe.weights, network))


def _state(run: Run, device: str) -> Mapping[str, torch.Tensor]:
    pretraining = pretraining_of(run)
    if pretraining:
        return pretrained_state(pretraining, device)
    return read_starting_weights(run.recipe.weights, run.network)


def _inherited(
    model: nn.Module, network: Network, recipe: Recipe, source: Mapping[str, torch.Tensor]
) -> Inheritance:
    """After a pretraining on other data the classifier starts anew, though it may be of the same shape."""
    if recipe.pretrain and recipe.pretrain.data != recipe.data:
        source = {name: tensor for name, tensor in source.items() if not name.startswith(CLASSIFIER)}
    found = inherit(model, source)
    if all(how == "fresh" for name, how in found.how.items() if not name.startswith(HEAD)):
        raise UserError(
            f"weights: none of {recipe.start} fits {network}\n  take those of a network that shares a stage"
        )
    return found


def check_strict(found: Inheritance, recipe: Recipe) -> None:
    """Raises UserError where more than the head keeps its fresh weights, or weights are left over."""
    left = [name for name in found.unused if not name.startswith(HEAD)]
    if not found.fresh_body and not left:
        return
    names = found.fresh_body or left
    what = "has no weights for" if found.fresh_body else "has weights that the network lacks:"
    raise UserError(
        f"--strict: weights that fit all but the head are needed; {recipe.start} {what} {_few(names)}\n"
        "  leave out --strict to start these layers anew"
    )


def inheritance_sentence(found: Inheritance, recipe: Recipe) -> str:
    """What was taken over and what was not, in a line."""
    said = [f"{100 * found.share:.1f} % of the weights"]
    if tables := found.named("resized"):
        said += [f"position tables resized: {len(tables)}"]
    if found.named("other channels"):
        said += ["the first convolution fitted to other input channels"]
    if fresh := found.named("fresh"):
        said += [f"anew: {_few(_layers(fresh))}"]
    if found.unused:
        said += [f"left: {_few(_layers(found.unused))}"]
    return f"Starts from {recipe.start}: {'; '.join(said)}."


def _layers(names: list[str] | tuple[str, ...]) -> list[str]:
    """`stages.1.block_0` and `head.classifier` of what lies in them."""
    return list(dict.fromkeys(".".join(name.split(".")[: 2 + ("stages" in name)]) for name in names))


def _few(names: list[str]) -> str:
    more = len(names) - _LISTED
    return ", ".join(names[:_LISTED]) + (f" and {more} more" if more > 0 else "")
