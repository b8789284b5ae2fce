"""The pick with fresh seeds: trained once, judged on the test split once, and brought back where it ended."""

from dataclasses import replace

import pytest
from typer.testing import CliRunner

from moat_lab.__main__ import app
from moat_lab.analysis import summary
from moat_lab.analysis.search_tables import with_measurements
from moat_lab.errors import UserError
from moat_lab.records import Epoch, Evaluation, ResultsFolder, Selected
from moat_lab.study.confirmation import confirm_pick, confirmation_of
from moat_lab.train import Recipe
from tests.unit.recorded import ended_training

SCORES = {0: (0.7, 0.74), 1: (0.9, 0.94)}
"""Of the baseline, and of the other network, by position in the plan: two seeds each."""


@pytest.fixture
def results(plan, tmp_path) -> ResultsFolder:
    """A study that has finished."""
    folder = ResultsFolder(tmp_path / "runs" / "se")
    folder.write_plan(plan)
    for position, scores in SCORES.items():
        for seed, score in enumerate(scores):
            folder.evaluations.append(finished(plan, plan.variants[position], seed, score))
    return folder


def finished(plan, variant, seed, score) -> Evaluation:
    last = Epoch(epoch=2, train_loss=0.5, val_loss=0.5, score=score, learning_rate=0.01)
    return ended_training(plan, variant, seed, score, curve=(last,))


def table_of(plan, results):
    reading = results.read()
    return with_measurements(summary(plan, reading.evaluations), plan, reading)


def confirm(results, *options):
    return CliRunner().invoke(app, ["pick", str(results), "--workers", "2", *options])


def test_what_is_confirmed_are_pick_best_and_baseline_as_they_were_selected(plan, results):
    baseline, other = plan.variants
    found = confirmation_of(table_of(plan, results), plan, {"macs": 1e9})
    assert (found.pick.key, found.best.key, found.limits) == (other.key, other.key, {"macs": 1e9})
    assert found.baseline == Selected(
        key=baseline.key, score=pytest.approx(0.72), shrunken=pytest.approx(0.72, abs=0.02), seeds=2
    )


def test_it_trains_fresh_seeds_once_opens_the_test_split_and_says_how_optimistic_the_pick_was(plan, results):
    first = confirm(results, "--confirm", "1")
    assert first.exit_code == 0, first.output
    confirmed = results.confirmation.read_plan()
    assert (confirmed.seeds, confirmed.baseline) == ((1000,), plan.baseline)
    evaluations = results.confirmation.evaluations.read().evaluations
    assert sorted((e.network_key, e.seed) for e in evaluations) == sorted(
        (variant.key, 1000) for variant in plan.variants
    )
    for e in evaluations:  # 1,797 digits less 40 of train and 50 of val
        assert e.test_scores["top1"] * 1707 == pytest.approx(round(e.test_scores["top1"] * 1707), abs=1e-6)
        assert e.recipe_key != plan.recipe_key
    assert "| pick | 92.0 (2 seeds) |" in first.output
    assert "| baseline | 72.0 (2 seeds) |" in first.output
    assert "as selected" in first.output

    records = {path: path.read_bytes() for path in results.confirmation.evaluations.folder.iterdir()}
    again = confirm(results, "--confirm", "7")
    assert "Confirmation with 1 fresh seed (1000)" in again.output
    assert {path: path.read_bytes() for path in results.confirmation.evaluations.folder.iterdir()} == records
    assert "| pick |" in confirm(results).output

    next(iter(records)).unlink()
    assert "1 of 2 trainings have ended" in confirm(results).output
    confirm(results, "--confirm", "1")
    assert records.keys() == set(results.confirmation.evaluations.folder.iterdir())


def test_data_without_test_images_confirm_nothing(plan, results):
    recipe = Recipe.model_validate({**plan.recipe, "train": 1747})
    plan = replace(plan, recipe=recipe.content(), recipe_key=recipe.key)
    with pytest.raises(
        UserError, match="test: images that are neither trained on nor validated on are needed"
    ):
        confirm_pick(results, plan, table_of(results.read_plan(), results), {}, seeds=1, command="")
    assert results.confirmation.read_confirmation() is None


def test_nothing_is_written_into_an_installed_package(plan, results, tmp_path, monkeypatch):
    installed = tmp_path / "shipped"
    results.path.parent.rename(installed)
    moved = ResultsFolder(installed / "se")
    monkeypatch.setattr("moat_lab.study.confirmation.shipped", lambda: installed)
    with pytest.raises(UserError, match="a results folder of your own is needed to confirm its pick"):
        confirm_pick(moved, plan, table_of(plan, moved), {}, seeds=1, command="")
    assert not moved.confirmation.path.exists()


def test_a_confirmation_is_no_study_of_its_own(plan, results):
    confirmation = results.confirmation
    confirmation.write_plan(plan)
    assert ResultsFolder.below(results.path.parent) == (results,)
