"""How far a study has come, counted."""

from dataclasses import replace
from pathlib import Path

from dashboards.study import ProgressSummary, study_folders, study_of, study_progress
from dashboards.study_widgets import failed_rows
from moat_lab.lookup import shipped
from moat_lab.records import Evaluation, store_of


def test_each_state_is_counted_apart(make):
    folder = make({"mbconv+attn": [0.9, None], "attn+mlp": [0.8]})
    (folder / "evaluations" / "cut.json").write_text("{", encoding="utf-8")
    found = study_of(folder).progress
    assert found == ProgressSummary(networks=3, expected=6, finished=2, failed=1, damaged=1)
    assert (found.missing, found.done) == (3, 0.5)


def test_seeds_that_the_plan_does_not_ask_for_make_nothing_less_missing(make):
    assert study_of(make({"mbconv+attn": [0.9, 0.9, 0.9]})).progress.finished == 2


def test_nothing_planned_is_done(make, plan):
    folder = make({}, plan=replace(plan, variants=(), baseline=""))
    assert study_of(folder).progress.done == 1.0


def test_another_recipe_does_not_count(make, plan):
    folder = make({"mbconv+attn": [0.9]})
    known: Evaluation = store_of(folder).read().evaluations[0]
    other = store_of(folder).append(replace(known, recipe_key="dead", seed=1))
    assert other.exists()
    assert study_progress(plan, store_of(folder).read()).finished == 1


def test_studies_are_named_by_their_path(make, tmp_path):
    make({}, name="b")
    make({}, name="published/a")
    assert list(study_folders((tmp_path,))) == ["b", "published/a"]
    assert study_folders((tmp_path / "missing",)) == {}


def test_studies_of_several_folders_are_told_apart(make, tmp_path, monkeypatch):
    make({}, name="runs/a")
    make({}, name="results/a")
    monkeypatch.chdir(tmp_path)
    found = study_folders((Path("runs"), Path("results")))
    assert found == {"runs/a": Path("runs/a"), "results/a": Path("results/a")}


def test_the_command_goes_on_with_a_study_where_it_lies(make, plan):
    study = study_of(make({}))
    assert replace(study, folder=Path("runs/ablate_order")).command == plan.command
    moved = replace(study, folder=Path("my results/deep/a"), plan=replace(plan, name="deep/a"))
    assert moved.command == f"{plan.command} --results 'my results'"


def test_the_packages_results_are_not_written_to():
    study = study_of(shipped() / "results" / "scale_depth")
    assert study.command == "python -m moat_lab.study scale_depth"


def test_of_two_studies_with_one_name_the_later_folder_counts(make, tmp_path, monkeypatch):
    make({}, name="package/results/a")
    make({}, name="package/results/b")
    make({}, name="results/b")
    monkeypatch.chdir(tmp_path)
    found = study_folders((Path("runs"), tmp_path / "package" / "results", Path("results")))
    assert found == {"results/a": tmp_path / "package/results/a", "results/b": Path("results/b")}


def test_a_failure_without_words_is_a_row(make):
    folder = make({"mbconv+attn": [None]})
    known = store_of(folder).read().evaluations[0]
    assert failed_rows(study_of(folder)).reason[0] == "RuntimeError: loss is NaN"
    store_of(folder).append(replace(known, error=" \n"))
    assert failed_rows(study_of(folder)).reason[0] == "no error text"
