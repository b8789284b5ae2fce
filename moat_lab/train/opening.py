"""What a training says of its recipe before the first step."""

from __future__ import annotations

from collections.abc import Iterator

from moat_lab.train.recipe import Recipe

SHARE = 0.01
"""Of the initial weights, that a moving average may hold at the end without a word about it."""


def opening(recipe: Recipe) -> Iterator[str]:
    """How long it takes, and a warning where its moving average would hardly move."""
    steps = recipe.epochs * recipe.steps_per_epoch
    warm = f", {recipe.warmup_epochs:.3g} of them to warm up" if recipe.warmup_epochs else ""
    yield f"Epochs: {recipe.epochs}{warm}; steps in each: {recipe.steps_per_epoch}."
    left = recipe.ema**steps
    if left > SHARE:
        yield (
            f"Warning: with ema {recipe.ema:g} the weights that are judged and written hold "
            f"{100 * left:.2g} % of the initial ones after these {steps} steps; {100 * SHARE:g} % with ema "
            f"{SHARE ** (1 / steps):.5g}."
        )
