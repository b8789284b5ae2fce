"""(Network, recipe, seed) -> Evaluation: one short training. Torch is loaded when one starts."""

from moat_lab.proxy.evaluate import evaluate
from moat_lab.proxy.recipe import Augmentation, Recipe, load_recipe

__all__ = ["Augmentation", "Recipe", "evaluate", "load_recipe"]
