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
    trust = agreements(of["inherited"], of["from_scratch"])
    return supernet_markdown("mine", {"epochs": 8}, of, trust, train_s=120.0)


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


def test_a_single_network_is_refused(study_file):
    study_file.write_text(
        "question: q\nexpectation: e\nsource: s\nspace: stem(4) | 1x mbconv @8 for 8px\nrecipe: digits\n"
    )
    with pytest.raises(UserError, match="two networks or more is needed; got one"):
        networks_of(load_study(study_file))
