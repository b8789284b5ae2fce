"""Shared weights are held against trainings from scratch, and the report says how far to trust them."""

import pandas as pd
import pytest

from moat_lab.analysis.correlation import agreements
from moat_lab.errors import UserError
from moat_lab.records import ResultsFolder
from moat_lab.report.supernet import supernet_markdown
from moat_lab.study.sharing import longer
from moat_lab.study.study_spec import load_study
from moat_lab.study.supernet_study import SupernetOptions, networks_of, run_supernet


def table(inherited, from_scratch):
    of = pd.DataFrame({"inherited": inherited, "from_scratch": from_scratch})
    return of.assign(key="a", network="stem(4)", params=1000, macs=10**6, seeds=1)


def text(of):
    kinds = [kind for kind in ("inherited", "fine_tuned") if kind in of]
    trust = {kind: agreements(of[kind], of["from_scratch"]) for kind in kinds}
    return supernet_markdown("mine", {"epochs": 8}, of, trust, train_s=120.0, fine_tune=1)


def test_an_order_that_agrees_is_better_than_none_and_few_are_not_enough():
    scores = [0.1 * i for i in range(1, 9)]
    found = text(table(scores, scores)).split("\n\n")
    assert found[1] == (
        "**Answer.** Shared weights order the networks as trainings from scratch do with a tau of all 1.00 "
        "[1.00, 1.00]: better than no order; of the best third –: not known, too few were trained from "
        "scratch."
    )
    assert found[2] == "One training of 2 min serves 8 networks."


def test_an_interval_that_holds_0_says_that_the_order_is_not_to_be_used():
    found = text(table([1, 2, 3, 4, 5, 6, 7, 8, 9], [4, 9, 1, 8, 2, 7, 3, 6, 5]))
    assert "not to be used, for the interval holds 0" in found


def test_scores_after_more_epochs_stand_beside_those_without_and_order_the_list():
    scores = [0.1 * i for i in range(1, 9)]
    found = text(table([0.5] * 7 + [0.4], scores).assign(fine_tuned=scores))
    assert "After 1 epoch more of each network it is of all 1.00 [1.00, 1.00]: better than no order" in found
    assert "| network | shared weights | 1 epoch more | from scratch | params | MACs |" in found
    first = next(line for line in found.splitlines() if line.startswith("| `stem"))
    assert "| 40.0 | 80.0 | 80.0 |" in " ".join(first.split())


def test_a_longer_training_has_a_warm_up_in_proportion(study_file):
    recipe = load_study(study_file).recipe
    twice = longer(recipe, 2 * recipe.epochs)
    assert (twice.epochs, twice.warmup_epochs) == (2 * recipe.epochs, 2 * recipe.warmup_epochs)


def test_a_study_is_trained_once_judged_and_compared_with_its_own_trainings(study_file, tmp_path):
    spec, folder = load_study(study_file), ResultsFolder(tmp_path / "runs" / "se_supernet")
    options = SupernetOptions(epochs=2, from_scratch=2, roots=(tmp_path / "runs",))
    said: list[str] = []
    report = run_supernet(spec, folder, options, said.append)
    assert said[0] == f"{len(networks_of(spec))} networks share one set of weights; 2 epochs."
    found = pd.read_csv(folder.path / "inherited.csv")
    assert len(found) == len(networks_of(spec))
    assert found["inherited"].between(0, 1).all()
    assert found["seeds"].sum() >= 2
    again: list[str] = []
    assert run_supernet(spec, folder, options, again.append).read_text() == report.read_text()
    assert not any(line.startswith("epoch") for line in again)


def test_each_network_trains_on_from_its_part_once(study_file, tmp_path):
    spec, folder = load_study(study_file), ResultsFolder(tmp_path / "runs" / "se_supernet")
    options = SupernetOptions(epochs=2, from_scratch=2, fine_tune=1, roots=(tmp_path / "runs",))
    run_supernet(spec, folder, options, lambda line: None)
    found = pd.read_csv(folder.path / "inherited.csv")
    inner = ResultsFolder(folder.path / "fine_tuned")
    recipe = inner.read_plan().recipe
    assert recipe["epochs"] == 1
    assert recipe["weights"].startswith(str(folder.shared_weights_file))
    records = {each.network_key: each for each in inner.read().evaluations}
    assert {*found["key"]} == {*records}
    assert all(records[row.key].score == row.fine_tuned for row in found.itertuples())
    before = {file: file.stat().st_mtime_ns for file in (inner.path / "evaluations").iterdir()}
    run_supernet(spec, folder, options, lambda line: None)
    assert before == {file: file.stat().st_mtime_ns for file in (inner.path / "evaluations").iterdir()}


def test_a_network_that_learns_nothing_more_keeps_the_score_that_it_inherits(
    study_file, tmp_path, monkeypatch
):
    """Its batch norms start anew, and have to know their statistics after the few steps that there are.

    A moving average of so few steps would still be what it began with.
    """
    recipe = study_file.parent / "recipes" / "tiny.yaml"
    recipe.write_text(f"{recipe.read_text().replace('batch: 20', 'batch: 4')}ema: 0.999\n")
    monkeypatch.setattr("moat_lab.study.supernet_study.FINE_TUNE_RATE", 1e-12)
    folder = ResultsFolder(tmp_path / "se_supernet")
    options = SupernetOptions(epochs=30, from_scratch=2, fine_tune=1, roots=())
    run_supernet(load_study(study_file), folder, options, lambda line: None)
    found = pd.read_csv(folder.path / "inherited.csv")
    assert found["inherited"].min() > 0.3
    assert (found["fine_tuned"] - found["inherited"]).abs().max() < 0.1


def test_a_fine_tuning_is_shorter_than_a_training(study_file, tmp_path):
    spec, folder = load_study(study_file), ResultsFolder(tmp_path / "se_supernet")
    options = SupernetOptions(epochs=2, from_scratch=2, fine_tune=spec.recipe.epochs, roots=())
    expected = r"--fine-tune: fewer epochs than the recipe's \d+ are needed; got \d+"
    with pytest.raises(UserError, match=expected):
        run_supernet(spec, folder, options, lambda line: None)


def test_a_single_network_is_refused(study_file):
    study_file.write_text(
        "question: q\nexpectation: e\nsource: s\nspace: stem(4) | 1x mbconv @8 for 8px\nrecipe: digits\n"
    )
    with pytest.raises(UserError, match="two networks or more is needed; got one"):
        networks_of(load_study(study_file))
