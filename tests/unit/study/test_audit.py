"""Records trained again: bytes that agree, and bytes that do not."""

from dataclasses import replace

import pytest
from typer.testing import CliRunner

from moat_lab import evaluate
from moat_lab.__main__ import app
from moat_lab.records import ResultsFolder
from moat_lab.records.repetition import differences
from moat_lab.study.audit import drawn_records
from moat_lab.train import Recipe


@pytest.fixture
def results(plan, tmp_path) -> ResultsFolder:
    """A study with one of its trainings."""
    folder = ResultsFolder(tmp_path / "runs" / "se")
    folder.write_plan(plan)
    folder.evaluations.append(evaluate(plan.variants[0].network, Recipe.model_validate(plan.recipe), 1))
    return folder


def audit(results, *options):
    return CliRunner().invoke(app, ["audit", str(results), *options])


def test_a_record_that_is_what_its_training_gives_agrees(results):
    done = audit(results)
    assert done.exit_code == 0, done.output
    assert done.output.startswith("agrees ")
    assert "1 of 1 record trained again on this CPU agree to the last bit." in done.output


def test_a_record_that_was_changed_differs_and_versions_that_differ_are_named(results):
    (record,) = results.evaluations.read().evaluations
    old = {**record.environment, "versions": {**record.environment["versions"], "torch": "1.0"}}
    results.evaluations.append(replace(record, scores={**record.scores, "top1": 0.999}, environment=old))
    done = audit(results)
    assert done.exit_code == 1
    assert f"  scores, top1: 0.999 recorded, {record.score} now\n" in done.output
    assert "  torch 1.0 recorded, " in done.output
    assert "0 of 1 record trained again" in done.output


def test_records_are_drawn_by_the_seed_and_no_more_than_there_are(plan, results):
    (record,) = results.evaluations.read().evaluations
    for seed in range(2, 12):
        results.evaluations.append(replace(record, seed=seed))
    few = [e.seed for e in drawn_records(results, records=3, seed=0)]
    assert few == [e.seed for e in drawn_records(results, records=3, seed=0)]
    assert few != [e.seed for e in drawn_records(results, records=3, seed=1)]
    assert sorted(e.seed for e in drawn_records(results, records=50, seed=0)) == [*range(1, 12)]


def test_a_folder_without_a_finished_training_says_so(tmp_path):
    done = CliRunner().invoke(app, ["audit", str(tmp_path)])
    assert str(done.exception) == f"a finished training is needed to train again; {tmp_path} has none"


def test_what_later_versions_add_is_no_difference(results):
    (record,) = results.evaluations.read().evaluations
    old = replace(record, scores={"top1": record.scores["top1"]}, costs={"macs": record.costs["macs"]})
    assert differences(old, record) == []
    assert differences(old, replace(record, train_s=99.0, environment={})) == []


def test_the_first_differences_are_spelled_out_and_the_rest_counted(results):
    (record,) = results.evaluations.read().evaluations
    curve = tuple(replace(point, val_loss=9.0, train_loss=9.0) for point in record.curve)
    lines = differences(record, replace(record, curve=curve))
    assert len(lines) == 4
    assert lines[0].startswith("epoch 1, train_loss: ")
    assert lines[-1] == "and 1 more value"


def test_a_training_that_fails_now_says_why(results):
    (record,) = results.evaluations.read().evaluations
    failed = replace(record, status="failed", scores={}, error="RuntimeError: out of luck")
    assert differences(record, failed) == ["status: ok recorded, failed now (RuntimeError: out of luck)"]
