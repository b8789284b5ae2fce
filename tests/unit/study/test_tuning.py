"""A learning rate for each variant, chosen on seeds that the comparison does not use."""

from dataclasses import replace

import pytest
from typer.testing import CliRunner

from moat_lab.errors import UserError
from moat_lab.records import Evaluation, Plan, ResultsFolder
from moat_lab.report.ablation.tuning import tuning_sections
from moat_lab.study.__main__ import app
from moat_lab.study.plan import make_plan
from moat_lab.study.study_spec import load_study
from moat_lab.study.tuning import best_rates, tuning_plans, with_tuned_rates
from tests.unit.recorded import ended_training

TUNE = "tune: {learning_rate: [0.01, 0.02], seeds: 2}\n"


@pytest.fixture
def spec(study_file):
    study_file.write_text(study_file.read_text() + TUNE)
    return load_study(study_file)


def run(plan: Plan, index: int, seed: int, score: float) -> Evaluation:
    return ended_training(plan, plan.variants[index], seed, score, train_s=30.0)


def tried(plans, scores):
    """Evaluations from rate -> network -> scores of both seeds."""
    return [
        run(plans[rate], index, seed, score)
        for rate, of_networks in scores.items()
        for index, of_seeds in enumerate(of_networks)
        for seed, score in zip(plans[rate].seeds, of_seeds, strict=False)
    ]


SCORES = {0.01: [(0.5, 0.6), (0.9, 0.7)], 0.02: [(0.7, 0.5), (0.8, 0.7)]}


def test_each_network_gets_the_rate_with_the_best_mean(spec):
    plans = tuning_plans(spec, spec.tune)
    a, b = (v.key for v in plans[0.01].variants)
    assert [plan.recipe["learning_rate"] for plan in plans.values()] == [0.01, 0.02]
    assert best_rates(plans, tried(plans, SCORES)) == {a: 0.02, b: 0.01}


def test_the_tuning_seeds_are_none_of_the_comparison(spec):
    plans = tuning_plans(spec, spec.tune)
    assert {plan.seeds for plan in plans.values()} == {(100_000, 100_001)}


def test_a_rate_at_which_a_training_is_missing_is_not_taken(spec):
    plans = tuning_plans(spec, spec.tune)
    a, b = (v.key for v in plans[0.01].variants)
    assert best_rates(plans, tried(plans, SCORES | {0.02: [(0.9,), (0.95, 0.9)]})) == {a: 0.01, b: 0.02}
    with pytest.raises(UserError, match="has not been trained with all tuning seeds at any learning rate"):
        best_rates(plans, [])


def test_over_cells_a_variant_has_one_rate(study_file):
    text = study_file.read_text().replace("1x layer @8", "n x layer @8").replace("where", "where n in 1..2,")
    study_file.write_text(text + TUNE + "cells: [n]\n")
    spec = load_study(study_file)
    plans = tuning_plans(spec, spec.tune)
    # as the variants stand: both in the first cell, both in the second
    scores = {0.01: [(0.5, 0.5), (0.9, 0.9), (0.9, 0.9), (0.1, 0.1)], 0.02: [(0.6, 0.6)] * 4}
    known = [
        run(plans[rate], i, seed, score)
        for rate, rows in scores.items()
        for i, row in enumerate(rows)
        for seed, score in zip(plans[rate].seeds_of(plans[rate].variants[i].key), row, strict=True)
    ]
    assert list(best_rates(plans, known).values()) == [0.01, 0.01, 0.02, 0.02]


def test_the_study_knows_the_rates_and_their_cost(spec):
    plans = tuning_plans(spec, spec.tune)
    tuned = with_tuned_rates(spec, plans, tried(plans, SCORES))
    a, b = (v.key for v in plans[0.01].variants)
    assert [tuned.recipe.for_network(key).learning_rate for key in (a, b, "0" * 12)] == [0.02, 0.01, 0.01]
    assert (tuned.tune.trainings, tuned.tune.train_s) == (8, 240.0)
    assert tuned.recipe.key != spec.recipe.key


def test_a_twin_has_the_rate_of_its_variant(study_file):
    text = study_file.read_text().replace("1x layer @8", "1x layer+attn(head=8) @8")
    study_file.write_text(text + TUNE + "manipulation_check: true\n")
    spec = load_study(study_file)
    plans = tuning_plans(spec, spec.tune)
    assert {len(plan.networks) for plan in plans.values()} == {2}
    tuned = with_tuned_rates(spec, plans, tried(plans, SCORES))
    twins = make_plan(tuned, seeds=1, command="").twins
    rates = [tuned.recipe.for_network(twins[v.key].key).learning_rate for v in plans[0.01].variants]
    assert rates == [0.02, 0.01]


def test_a_study_tunes_then_compares_and_says_what_that_took(spec, study_file, tmp_path):
    given = [str(study_file), "--seeds", "1", "--workers", "1", "--results", str(tmp_path / "runs")]
    assert CliRunner().invoke(app, given).exit_code == 0
    folder = ResultsFolder(tmp_path / "runs" / "se")
    plan, reading = folder.read_plan(), folder.read()
    seeds = {(e.recipe_key, e.seed) for e in reading.evaluations}
    assert seeds == {(plan.recipe_key, 0)} | {
        (key, seed) for key in plan.tuning_recipes.values() for seed in (100_000, 100_001)
    }
    assert (plan.tuning.trainings, plan.tuning.rates) == (8, (0.01, 0.02))
    assert {key for key, _ in plan.recipe["tuned"]} == {v.key for v in plan.variants}
    report = folder.report_file.read_text()
    assert "### Learning rates" in report
    assert "Of another recipe" not in report
    again = CliRunner().invoke(app, given)
    assert "All 2 trainings are there; none to do." in again.output
    assert "Tuning" not in again.output


def test_what_each_rate_gave_is_said(spec):
    plans = tuning_plans(spec, spec.tune)
    known = tried(plans, SCORES)
    tuned = with_tuned_rates(spec, plans, known)
    plan = replace(plans[0.01], recipe=tuned.recipe.content(), tuning=tuned.tune)
    _, text, table = tuning_sections(plan, known)
    assert "over 2 seeds that the comparison does not use. That took 8 trainings, 4 min;" in text
    assert text.endswith(" 2 of 2 took an end of the range: what lies beyond may be better still.")
    assert table.splitlines()[2:] == [
        "| `mbconv` | 55.0 | 60.0 | 0.02 |",
        "| `mbconv(se=0.25)` | 80.0 | 75.0 | 0.01 |",
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tune: {learning_rate: [0.1]}\n", "tune.learning_rate"),
        ("tune: {learning_rate: [1, 1]}\n", "each rate once"),
    ],
)
def test_a_mistake_about_tuning_is_said(study_file, text, message):
    study_file.write_text(study_file.read_text() + text)
    with pytest.raises(UserError, match=message):
        load_study(study_file)
