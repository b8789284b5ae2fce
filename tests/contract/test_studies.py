"""Laws of every study in studies/: it can be run, and its recipe fits its data."""

from dataclasses import replace
from pathlib import Path

import pytest

from moat_lab import build
from moat_lab.analysis.tables import baseline_keys
from moat_lab.data import DATASETS, DATASETS_OF, dataset
from moat_lab.grammar import to_network
from moat_lab.measure.fvcore_counter import fvcore_counts
from moat_lab.records import Variant
from moat_lab.study.plan import make_plan
from moat_lab.study.study_spec import load_study
from moat_lab.tasks import TASKS
from moat_lab.train import load_recipe

STUDIES = sorted((Path(__file__).parents[2] / "studies").glob("*.yaml"))


RECIPES = sorted((Path(__file__).parents[2] / "studies/recipes").glob("*.yaml"))


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_a_recipe_can_be_read_and_looks_at_val_evenly(path):
    recipe = load_recipe(path)
    assert recipe.data.split(":")[0] in {*DATASETS, *DATASETS_OF}
    assert recipe.epochs % recipe.curve_points == 0


@pytest.fixture(params=STUDIES, ids=lambda path: path.stem)
def spec(request):
    return load_study(request.param)


def test_a_study_asks_a_question_and_says_what_is_expected(spec):
    assert spec.question.endswith("?")
    assert spec.expectation
    assert spec.source


def test_a_study_compares_networks_with_a_baseline_among_them(spec):
    if spec.search:
        pytest.skip("a search chooses its networks, and compares them with each other")
    plan = make_plan(spec, seeds=spec.seeds, command="")
    assert len(plan.variants) >= 2
    assert plan.baseline in {variant.key for variant in plan.variants}
    assert spec.seeds >= 3


def test_a_recipe_takes_no_more_images_than_there_are_and_one_is_a_tenth_of_a_point(spec):
    recipe = spec.recipe
    assert recipe.train + recipe.val < dataset(recipe.data).size
    # Of a score of pixels or things, each of which an image has many, an image is a smaller part.
    assert recipe.val >= (1000 if TASKS[recipe.task].labels == "classes" else 200)
    assert recipe.epochs % recipe.curve_points == 0


def test_what_is_matched_costs_what_the_baseline_does_as_fvcore_counts(spec):
    plan, source = make_plan(spec, seeds=1, command=""), dataset(spec.recipe.data)
    sides = (spec.recipe.resolution, spec.recipe.resolution)
    matched = [variant for variant in plan.variants if variant.matched]
    if not matched:
        pytest.skip("its networks are as written")

    def counted(variant: Variant) -> float:
        model = build(to_network(variant.network), num_classes=source.num_classes, in_chans=source.in_chans)
        if variant.matched == "params":
            return sum(parameter.numel() for parameter in model.parameters())
        return fvcore_counts(model, sides, in_chans=source.in_chans)[0]

    by_key, of_cell = {variant.key: variant for variant in plan.variants}, baseline_keys(plan)
    for variant in matched:
        baseline = by_key[of_cell.get(variant.key, plan.baseline)]
        assert counted(variant) == pytest.approx(
            counted(replace(baseline, matched=variant.matched)), rel=0.02
        )
