"""Where an evaluation comes from, as values; and what repeats it does."""

import ast
import math
from dataclasses import replace

import pytest

from dashboards.colours import LIGHT
from dashboards.inputs import recipe_setting
from dashboards.provenance.evaluation import (
    curve_figure,
    evaluations_of,
    facts,
    recipe_yaml,
    repeat_lines,
    seed_table,
)
from dashboards.study import study_of
from moat_lab.records import Epoch, ResultsFolder
from moat_lab.train import load_recipe


@pytest.fixture
def evaluation(full):
    return ResultsFolder(full).read().evaluations[0]


def as_dict(table):
    return dict(table.values.tolist())


def test_evaluations_of_a_network_are_by_seed(make):
    study = study_of(ResultsFolder(make({"mbconv+attn": [0.9, None], "attn+mlp": [0.8]})))
    assert {seed: e.status for seed, e in evaluations_of(study, "a" * 12).items()} == {
        "0": "ok",
        "1": "failed",
    }
    assert evaluations_of(study, "b" * 12) == {}


def test_seeds_are_listed_with_what_came_of_them(make):
    study = study_of(ResultsFolder(make({"mbconv+attn": [0.9, None]})))
    rows = seed_table(list(evaluations_of(study, "a" * 12).values())).values.tolist()
    assert rows[0] == [0, "ok", 90.0, 60.0]
    assert rows[1][1] == "failed"
    assert math.isnan(rows[1][2])


def test_facts_name_keys_cost_record_and_environment(evaluation, full):
    environment = {"commit": "de488cc2fe8e", "versions": {"torch": "2.15.0"}, "device": "cpu", "cores": 2}
    known = as_dict(facts(replace(evaluation, environment=environment), ResultsFolder(full)))
    assert known["network key"] == "a" * 12
    assert known["record"] == "evaluations/aaaaaaaaaaaa-beef-0.json"
    assert known["top-1 on val"] == "92.0 %"
    assert known["train time"] == "1 min (60.0 s)"
    assert as_dict(facts(replace(evaluation, train_s=7.66), ResultsFolder(full)))["train time"] == "7.7 s"
    assert known["cost"] == "980 k parameters, 41.2 M MACs, 5 k activations"
    assert (known["commit"], known["versions"], known["cores"]) == ("de488cc2fe8e", "torch 2.15.0", "2")


def test_the_setting_is_that_of_recipe_and_data(evaluation):
    recipe = {"data": "digits", "resolution": 16}
    expected = {"resolution": "16", "classes": "10", "channels": "1"}
    assert recipe_setting(recipe) == expected
    assert recipe_setting({"data": "gone"}) == {}


def test_what_was_not_recorded_is_a_dash(evaluation, full):
    known = as_dict(facts(replace(evaluation, train_s=math.nan, images_per_s=math.nan), ResultsFolder(full)))
    assert (known["train time"], known["images/s"]) == ("–", "–")


def test_the_recipe_as_yaml_is_the_recipe(tmp_path):
    recipe = load_recipe("studies/recipes/digits.yaml")
    (tmp_path / "again.yaml").write_text(recipe_yaml(recipe.content()), encoding="utf-8")
    assert load_recipe(tmp_path / "again.yaml").key == recipe.key


def test_the_lines_repeat_network_recipe_and_seed(evaluation):
    assert repeat_lines(evaluation) == (
        "import moat_lab\n\n"
        "evaluation = moat_lab.evaluate(\n"
        "    'stem(16) | 1x mbconv+attn @32',\n"
        '    "recipe_beef.yaml",\n'
        "    seed=0,\n"
        ")\n"
        "print(evaluation.score)\n"
    )


def test_a_paused_one_on_a_gpu_is_repeated_as_far_and_there(evaluation):
    paused = replace(evaluation, status="paused", scores={}, environment={"device": "NVIDIA"})
    lines = repeat_lines(paused)
    ast.parse(lines)
    assert '    device="cuda",\n    last_epoch=1,\n' in lines


@pytest.mark.slow
def test_the_lines_give_the_training_that_is_on_record(tmp_path, monkeypatch):
    short = load_recipe("studies/recipes/digits_8px.yaml").model_copy(
        update={"epochs": 2, "train": 20, "batch": 10, "val": 20, "warmup_epochs": 0.0}
    )
    import moat_lab

    done = moat_lab.evaluate("stem(8, stride=1) | 1x mbconv @8 for 8px", short, seed=3)
    monkeypatch.chdir(tmp_path)
    (tmp_path / f"recipe_{short.key}.yaml").write_text(recipe_yaml(done.recipe), encoding="utf-8")
    found = {}
    exec(repeat_lines(done), found)
    assert found["evaluation"].curve == done.curve
    assert found["evaluation"].recipe_key == done.recipe_key
    ResultsFolder(tmp_path).evaluations.append(found["evaluation"])


def test_a_loss_that_is_not_finite_is_a_gap(evaluation):
    curve = [
        Epoch(epoch=1, train_loss=2.0, val_loss=1.5, score=0.5, learning_rate=0.1),
        Epoch(epoch=2, train_loss=math.nan, val_loss=math.inf, score=0.1, learning_rate=0.1),
    ]
    figure = curve_figure(replace(evaluation, curve=tuple(curve)), LIGHT)
    assert [list(trace.y) for trace in figure.data] == [[50.0, 10.0], [2.0, None], [1.5, None]]
