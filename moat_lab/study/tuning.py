"""A learning rate for each variant, chosen on seeds that the comparison does not use."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from statistics import fmean

from moat_lab.analysis import scores_of
from moat_lab.analysis.cell_means import members_by_variant
from moat_lab.analysis.trainings import counted
from moat_lab.errors import UserError
from moat_lab.records import Evaluation, Plan
from moat_lab.records.plan import Tuning
from moat_lab.study.plan import make_plan
from moat_lab.study.study_spec import StudySpec


def tuning_plans(spec: StudySpec, tune: Tuning) -> dict[float, Plan]:
    """Learning rate -> the plan that trains all of the study's variants with it, by the tuning seeds."""
    recipes = {rate: spec.recipe.model_copy(update={"learning_rate": rate}) for rate in tune.rates}
    return {
        rate: replace(
            make_plan(replace(spec, recipe=recipe), seeds=1, command=""), seeds=tune.seeds, twins={}
        )
        for rate, recipe in recipes.items()
    }


def with_tuned_rates(
    spec: StudySpec, plans: Mapping[float, Plan], evaluations: Iterable[Evaluation]
) -> StudySpec:
    """The study whose recipe holds the best rate of each network, and which knows what that cost.

    A twin of a manipulation check has its variant's rate.

    Raises:
        UserError: a variant has not finished with any rate.
    """
    assert spec.tune is not None
    evaluations = tuple(evaluations)
    trained = [e for plan in plans.values() for e in counted(plan, evaluations) if e.seed in _seeds(plan, e)]
    cost = replace(
        spec.tune,
        trainings=len(trained),
        train_s=sum(e.train_s for e in trained if math.isfinite(e.train_s)),
    )
    rates = best_rates(plans, evaluations)
    twins = make_plan(spec, seeds=1, command="").twins
    rates = {twin.key: rates[key] for key, twin in twins.items()} | rates
    recipe = spec.recipe.model_copy(update={"tuned": tuple(rates.items())})
    return replace(spec, recipe=recipe, tune=cost)


def best_rates(plans: Mapping[float, Plan], evaluations: Iterable[Evaluation]) -> dict[str, float]:
    """Network key -> the rate with the highest mean score; one for a variant over all of its cells.

    Of equal ones the first. A rate at which a training of the variant failed is not taken.
    """
    evaluations = tuple(evaluations)
    scores = {rate: scores_of(plan, evaluations) for rate, plan in plans.items()}
    rates: dict[str, float] = {}
    for members in members_by_variant(next(iter(plans.values()))):
        means = {rate: _mean(plans[rate], scores[rate], members) for rate in plans}
        known = {rate: mean for rate, mean in means.items() if not math.isnan(mean)}
        if not known:
            raise UserError(
                f"tune: {members[0]} has not been trained with all tuning seeds at any learning rate of "
                f"{', '.join(f'{rate:g}' for rate in plans)}\n  take smaller ones, or see why they failed"
            )
        rates |= dict.fromkeys(members, max(known, key=lambda rate: known[rate]))
    return rates


def _mean(plan: Plan, scores: Mapping[str, Mapping[int, float]], members: Iterable[str]) -> float:
    """Over the tuning seeds of a variant's networks; NaN where one is missing."""
    found = [scores[key].get(seed, math.nan) for key in members for seed in plan.seeds_of(key)]
    return fmean(found)


def _seeds(plan: Plan, evaluation: Evaluation) -> tuple[int, ...]:
    return plan.seeds_of(evaluation.network_key)
