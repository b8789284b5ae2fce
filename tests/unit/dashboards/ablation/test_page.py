"""The page in each state that a results folder can be in."""

from dataclasses import replace

import pytest

from moat_lab.records import ResultsFolder, Search, SlotStatus, SourcedClaim, Status
from tests.unit.analysis.test_cell_means import KEYS, PLAN, SCORES, evaluations
from tests.unit.dashboards.conftest import run


@pytest.fixture
def open_page(open_app):
    return lambda **asked: open_app("ablation", **asked)


def texts(app):
    return [text.value for text in app.text]


def test_without_results_it_says_how_to_make_some(open_page):
    app = open_page()
    assert not app.exception
    assert "python -m moat_lab.study ablate_order" in app.info[0].value


def test_nothing_finished_shows_the_command(open_page, make, tmp_path):
    make({})
    app = open_page()
    assert not app.exception
    assert app.info[0].value.startswith("Nothing has finished yet.")
    assert app.code[0].value == f"python -m moat_lab.study ablate_order --results {tmp_path}"


def test_a_command_that_runs_in_the_folder_shows_its_slots_and_no_longer_than_it_runs(open_page, make):
    folder = ResultsFolder(make({"mbconv+attn": [0.92]}))
    slot = SlotStatus(node="node 1", device="cpu", training="attn+mlp, seed 0", epoch=1, epochs=3, score=0.5)
    with folder.locked():
        folder.write_status(Status(slots=(slot,), images_per_s={"node 1": 900.0}, lost=0))
        app = open_page()
    assert not app.exception
    assert "Running now: 1 of 1 slot; node 1: 900 images/s." in [text.value for text in app.caption]
    assert app.dataframe[0].value["trains"].tolist() == ["attn+mlp, seed 0"]
    assert not any("Running now" in text.value for text in open_page().caption)


def test_effects_curves_and_the_finding_are_shown(open_page, full):
    app = open_page()
    assert not app.exception
    assert len(app.get("plotly_chart")) == 2
    assert app.markdown[-1].value.startswith("The baseline, `mbconv+attn`, reaches 92.5 ")
    assert [h.value for h in app.header] == ["Learning curves"]


def test_claims_stand_beside_what_was_found(open_page, make, plan):
    tops = {"mbconv+attn": [0.92, 0.93], "attn+mlp": [0.50, 0.512]}
    make(tops, plan=replace(plan, claims={"attn+mlp": SourcedClaim(claim="worse")}, margin=0.005))
    app = open_page()
    assert not app.exception
    assert "Of the claims: 1 agrees, 0 contradict, 0 underpowered." in texts(app)
    (row,) = app.dataframe[0].value.to_dict("records")
    assert (row["variant"], row["claim"], row["agreement"]) == ("attn+mlp", "worse", "agrees")


def test_two_factors_show_their_interaction(open_page, make, plan):
    first, second, third = plan.variants
    variants = (
        replace(first, factors={"order": "a", "w": "8"}),
        replace(second, factors={"order": "b", "w": "8"}),
        replace(third, factors={"order": "a", "w": "16"}),
        replace(third, key="d" * 12, factors={"order": "b", "w": "16"}),
    )
    folder = make({}, plan=replace(plan, variants=variants))
    for i, variant in enumerate(variants):
        for seed in (0, 1):
            ResultsFolder(folder).evaluations.append(run(variant, seed, 0.9 + 0.01 * i + 0.001 * seed))
    app = open_page()
    assert not app.exception
    assert [h.value for h in app.header] == ["Interactions", "Learning curves"]
    assert len(app.get("plotly_chart")) == 3


def test_a_failed_training_is_counted_and_a_damaged_plan_said(open_page, make):
    folder = make({"mbconv+attn": [0.9, None], "attn+mlp": [0.8, 0.81]})
    app = open_page()
    assert not app.exception
    assert any("Failed, and in no mean: 1 evaluation." in w.value for w in app.warning)
    (folder / "plan.json").write_text("{")
    app = open_page()
    assert not app.exception
    assert app.error[0].value == "The plan of this study cannot be read."


def test_a_damaged_record_is_skipped_named_and_counted(open_page, full):
    (full / "evaluations" / "cut.json").write_text("{", encoding="utf-8")
    app = open_page()
    assert not app.exception
    assert [warning.value for warning in app.warning] == ["Could not be read, and ignored: 1 file."]
    assert app.dataframe[-1].value["file"].tolist() == ["evaluations/cut.json"]
    assert app.markdown[-1].value.startswith("The baseline, `mbconv+attn`, reaches 92.5 ")


def test_a_search_is_not_shown_first_and_where_it_is_chosen_its_page_is_named(open_page, full, make, plan):
    search = Search(
        space="s",
        objectives=("top1", "macs"),
        limits={},
        reference={"top1": 0, "macs": 9},
        sampler={"name": "tpe"},
        trials=3,
    )
    make({}, name="a_search", plan=replace(plan, search=search, baseline=""))
    app = open_page()
    assert app.selectbox(key="study").value == "ablate_order"
    app.selectbox(key="study").set_value("a_search").run()
    assert app.info[0].value.startswith("This study is a search")
    assert not app.get("plotly_chart")


def test_over_cells_a_variant_is_one_row_and_its_claim_is_held_against_the_mean(open_page, tmp_path):
    plan = replace(
        PLAN,
        baseline=KEYS["a", "8"],
        name="cells",
        recipe={"data": "digits", "epochs": 2, "val": 1000},
        claims={"b": SourcedClaim(claim="better")},
    )
    folder = ResultsFolder(tmp_path / "cells")
    folder.write_plan(plan)
    for evaluation in evaluations(plan, SCORES):
        folder.evaluations.append(replace(evaluation, recipe=plan.recipe))
    app = open_page()
    assert not app.exception
    assert "Better than the baseline: `b` (+4.00 points)." in app.markdown[-1].value
    assert app.dataframe[0].value["effect, points"].tolist() == ["+4.00 [+2.87, +5.13], better"]
