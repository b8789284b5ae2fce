"""Layers that keep their weights while the others learn: some stages, or at first all but the head."""

from __future__ import annotations

from typing import Any

from torch import nn

from moat_lab.train.recipe import Recipe


def freeze(model: nn.Module, recipe: Recipe, *, head_only: bool = False) -> None:
    """Takes some layers of a model in train mode out of the training, and all others in.

    A frozen layer has no gradients, and is in eval mode: its batch norms keep their statistics, and no path
    is dropped.

    Args:
        head_only: whether nothing but the head is to learn; otherwise the recipe's frozen stages decide.
    """
    backbone: Any = getattr(model, "backbone", model)
    stages = [backbone.stem, *backbone.stages]
    frozen = stages if head_only else stages[: recipe.frozen_stages + 1]
    model.requires_grad_(True)
    for part in frozen:
        part.requires_grad_(False).eval()
