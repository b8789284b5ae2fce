"""(Network, recipe, seed) -> Evaluation, or a folder of trained weights. Torch is loaded by a training."""

from moat_lab.train.evaluation import evaluate, evaluate_together
from moat_lab.train.measurement import measure
from moat_lab.train.recipe import Augmentation, Recipe, check_validation_epoch, load_recipe, validation_epochs
from moat_lab.train.recipe_checks import check_network, resolved
from moat_lab.train.scores import SCORES
from moat_lab.train.summary import data_summary

__all__ = [
    "SCORES",
    "Augmentation",
    "Recipe",
    "check_network",
    "check_validation_epoch",
    "data_summary",
    "evaluate",
    "evaluate_together",
    "load_recipe",
    "measure",
    "resolved",
    "validation_epochs",
]
