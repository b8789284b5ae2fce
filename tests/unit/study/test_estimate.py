import os
import subprocess
import sys

import numpy as np
import pytest
from scipy.optimize import nnls

from moat_lab.records import Evaluation, ResultsFolder
from moat_lab.records.evaluation import EVALUATION
from moat_lab.records.strict_json import to_text
from moat_lab.study.estimate import (
    Pace,
    local_evaluations,
    nonnegative_weights,
    pace,
    study_s,
    trained_macs,
)
from moat_lab.study.study_spec import load_study

RECIPE = {
    "data": "digits",
    "resolution": 8,
    "learning_rate": 0.1,
    "epochs": 10,
    "train": 105,
    "batch": 10,
    "curve_points": 2,
    "val": 300,
}


def trained(macs, train_s, **fields):
    known = {
        "network": "n",
        "network_key": "a" * 12,
        "recipe": RECIPE,
        "recipe_key": "beef",
        "seed": 0,
        "status": "ok",
        "error": None,
        "scores": {"top1": 0.5},
        "final_loss": 1.0,
        "curve": (),
        "costs": {"params": 1, "macs": macs, "activations": 1},
        "train_s": train_s,
        "images_per_s": 1.0,
        "environment": {},
    }
    return Evaluation(**known | fields)


def test_the_pace_is_what_the_trainings_took_per_image_and_per_mac():
    found = pace([trained(1_000_000, 3.0), trained(2_000_000, 4.0)])
    assert found.image_s == pytest.approx(0.002)
    assert found.mac_s == pytest.approx(1e-9)


def test_a_training_takes_its_images_and_a_third_of_each_look_at_val():
    assert Pace(image_s=0.001, mac_s=1e-9).training_s(1_000_000, RECIPE) == pytest.approx(1200 * 0.002)


def test_trainings_on_the_same_images_say_how_much_longer_others_take():
    slow = RECIPE | {"data": "relations"}
    found = pace([trained(10**6, 3.0)] * 3 + [trained(10**6, s, recipe=slow) for s in (8.0, 9.0, 40.0)])
    assert found.training_s(10**6, RECIPE) == pytest.approx(3.0)
    assert found.training_s(10**6, slow) == pytest.approx(9.0)


def test_nothing_trained_gives_no_pace():
    assert pace([]) is None
    assert pace([trained(1, 0.0), trained(1, 1.0, status="failed", error="e", scores={})]) is None


def test_a_study_takes_all_its_networks_and_seeds_by_its_workers(study_file):
    spec = load_study(study_file)
    one = Pace(image_s=1.0, mac_s=0.0)
    images = 2 * 40 + 2 * 50 / 3
    assert study_s(spec, trained_macs(spec), one, workers=1) == pytest.approx(2 * 2 * images)
    assert study_s(spec, trained_macs(spec), one, workers=4) == pytest.approx(images)


def test_trainings_of_this_processor_are_preferred(tmp_path, monkeypatch):
    store = ResultsFolder(tmp_path / "a").evaluations
    for seed, name in enumerate(("here", "elsewhere")):
        store.append(trained(1, 1.0, seed=seed, environment={"processor": name}))
    store.append(trained(1, 1.0, seed=2, recipe={"epochs": 3}))
    (tmp_path / "a" / "plan.json").write_text("{}")
    (store.folder / "damaged.json").write_text("{")
    os.mkfifo(store.folder / "pipe.json")
    text = to_text(EVALUATION, trained(1, 1.0, seed=3))
    store.path("a" * 12, "beef", 3).write_text(text.replace('"macs": 1', f'"macs": {10**400}'))
    monkeypatch.setattr("moat_lab.study.estimate.processor", lambda: "here")
    assert [e.seed for e in local_evaluations([tmp_path])] == [0]
    monkeypatch.setattr("moat_lab.study.estimate.processor", lambda: "new")
    assert [e.seed for e in local_evaluations([tmp_path])] == [0, 1]


@pytest.mark.parametrize("seed", range(20))
def test_weights_are_those_of_non_negative_least_squares(seed):
    rng = np.random.default_rng(seed)
    rows = rng.random((30, 2)) ** 3 + rng.choice([0.0, 1.0], 2) * rng.random(30)[:, None]
    assert nonnegative_weights(rows) == pytest.approx(nnls(rows, np.ones(30))[0], abs=1e-9)


def test_the_list_of_studies_loads_nothing_that_trains_or_reports():
    code = "import sys, moat_lab.study.listing; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    unneeded = {"torch", "scipy.optimize", "matplotlib", "optuna", "moat_lab.study.cli", "moat_lab.study.run"}
    assert unneeded & set(modules.split()) == set()
