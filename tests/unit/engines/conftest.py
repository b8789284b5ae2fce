"""The small study of the study room's tests."""

from moat_lab.engines.engine import Job
from moat_lab.grammar import to_network
from moat_lab.train import Recipe
from moat_lab.train.run import Run
from tests.unit.study.conftest import plan, study_file

__all__ = ["jobs_of", "plan", "study_file"]


def jobs_of(plan):
    """A job for each network and seed, seed by seed."""
    recipe = Recipe.model_validate(plan.recipe)
    return [
        Job(run=Run(network=to_network(v.network), recipe=recipe, seed=seed), epochs=recipe.epochs)
        for seed in plan.seeds
        for v in plan.variants
    ]
