"""Trainings are found wherever they lie below a results root."""

from dataclasses import replace
from pathlib import Path

import pytest

from moat_lab.records import Evaluation, Plan, ResultsFolder, Variant
from moat_lab.records.runs_below import missing_runs, recorded_runs, recorded_scores, take_recorded

A, B = "a" * 12, "b" * 12
COSTS = {"params": 1, "macs": 1, "activations": 1}
PLAN = Plan(
    name="p",
    question="",
    expectation="",
    source="",
    baseline=A,
    recipe={},
    recipe_key="beef",
    seeds=(0, 1),
    command="",
    variants=tuple(Variant(key=key, network=key, factors={"x": key}, costs=COSTS) for key in (A, B)),
)


def run(key: str, seed: int, recipe_key: str = "beef", status: str = "ok") -> Evaluation:
    return Evaluation(
        network=key,
        network_key=key,
        recipe={},
        recipe_key=recipe_key,
        seed=seed,
        status=status,
        error=None if status == "ok" else "boom",
        scores={"top1": 0.5} if status == "ok" else {},
        final_loss=1.0,
        curve=(),
        costs=COSTS,
        train_s=1.0,
        images_per_s=1.0,
        environment={"device": "elsewhere"},
    )


@pytest.fixture
def other(tmp_path: Path) -> ResultsFolder:
    folder = ResultsFolder(tmp_path / "deep" / "other")
    folder.write_plan(PLAN)
    for record in (run(A, 0), run(A, 7), run(B, 1, status="failed"), run(B, 0, recipe_key="dead")):
        folder.evaluations.append(record)
    return folder


def test_they_are_listed_by_network_and_seed(other, tmp_path):
    found = recorded_runs([tmp_path], "beef")
    assert {key: sorted(seeds) for key, seeds in found.items()} == {A: [0, 7], B: [1]}
    assert found[A][0] == other.evaluations


def test_a_folder_takes_the_finished_trainings_that_its_plan_lacks(other, tmp_path):
    mine = ResultsFolder(tmp_path / "mine")
    mine.write_plan(PLAN)
    assert take_recorded(PLAN, mine, tmp_path) == 1
    assert [(e.network_key, e.seed) for e in mine.read().evaluations] == [(A, 0)]
    assert missing_runs(PLAN, mine) == [(A, 1), (B, 0), (B, 1)]
    assert take_recorded(PLAN, mine, tmp_path) == 0


def test_its_own_record_stays(other, tmp_path):
    mine = ResultsFolder(tmp_path / "mine")
    mine.write_plan(PLAN)
    mine.evaluations.append(replace(run(A, 0), environment={"device": "here"}))
    take_recorded(PLAN, mine, tmp_path)
    assert mine.evaluations.find(A, "beef", 0).environment == {"device": "here"}


def test_scores_are_by_network_and_seed_of_what_has_one(other, tmp_path):
    assert recorded_scores([tmp_path], "beef") == {A: {0: 0.5, 7: 0.5}, B: {}}
    assert recorded_scores([tmp_path], "beef", {B}) == {B: {}}
