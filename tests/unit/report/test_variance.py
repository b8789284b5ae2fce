"""Where the variance of scores comes from."""

from dataclasses import replace

import pytest

from moat_lab.records import ResultsFolder
from moat_lab.records.evaluation import key_of_recipe
from moat_lab.report.ablation.variance import pooled_variance, variance_sections

TOPS = {"mbconv+attn": [0.88, 0.90, 0.92], "attn+mbconv": [0.86, 0.90, 0.94]}


def test_the_noise_of_val_is_stated(make_results, tmp_path):
    folder = ResultsFolder(make_results(tmp_path / "a", TOPS))
    (text,) = variance_sections(folder.read_plan(), folder.read().evaluations, tmp_path)
    assert text.startswith(
        "Val is 1,000 images, the same for all: as many others would shift a score of 90.0 % by a deviation "
        "of 0.95 points (binomial)"  # sqrt(0.9 * 0.1 / 1000)
    )


def per_seed(make_results, plan, tmp_path, fixed_tops):
    recipe = dict(plan.recipe)
    own = replace(plan, recipe=recipe | {"split": "per_seed"})
    fixed_key = key_of_recipe(recipe)
    folder = ResultsFolder(make_results(tmp_path / "a", TOPS, own))
    fixed = ResultsFolder(tmp_path / "fixed")
    fixed.write_plan(plan)
    for e in folder.read().evaluations:
        for seed, score in enumerate(fixed_tops):
            fixed.evaluations.append(replace(e, recipe_key=fixed_key, seed=seed, scores={"top1": score}))
    return variance_sections(own, folder.read().evaluations, tmp_path)[0]


def test_what_training_images_add_is_told_by_the_same_networks_with_a_fixed_split(
    make_results, plan, tmp_path
):
    text = per_seed(make_results, plan, tmp_path, [0.89, 0.90, 0.91])
    # variances 0.0004 and 0.0016, mean 0.001; fixed 0.0001
    assert "Scores deviate by 3.16 points over seeds and splits; with a fixed split" in text
    assert "by 1.00: the split's part is 3.00." in text


def test_without_them_the_parts_cannot_be_told_and_that_is_said(make_results, plan, tmp_path):
    text = per_seed(make_results, plan, tmp_path, [])
    assert "would take the same networks with a fixed split" in text


def test_the_variance_is_that_over_seeds_pooled_over_networks():
    assert pooled_variance({"a": {0: 0.0, 1: 0.2}, "b": {0: 0.5, 1: 0.5}, "c": {0: 1.0}}) == pytest.approx(
        0.01
    )
