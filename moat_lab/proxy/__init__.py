"""(Network, recipe, seed) -> Evaluation: one short training. Torch is loaded when one starts."""

from moat_lab.proxy.batch_norm import check_batch_norms
from moat_lab.proxy.data_line import contents
from moat_lab.proxy.evaluate import evaluate
from moat_lab.proxy.measure import measure
from moat_lab.proxy.recipe import Augmentation, Recipe, check_until, load_recipe, looks
from moat_lab.proxy.scores import SCORES
from moat_lab.proxy.sizes import resolved
from moat_lab.proxy.together import evaluate_together

__all__ = [
    "SCORES",
    "Augmentation",
    "Recipe",
    "check_batch_norms",
    "check_until",
    "contents",
    "evaluate",
    "evaluate_together",
    "load_recipe",
    "looks",
    "measure",
    "resolved",
]
