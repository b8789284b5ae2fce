"""The page in each state that a search's folder can be in."""

import json
from base64 import b64decode
from dataclasses import replace

import numpy as np
import pytest

from moat_lab.records import Confirmation, ProposalCounts, ResultsFolder, Search, Selected

SEARCH = Search(
    space="stem(16) | 1x order @32 where order in {mbconv+attn, attn+mbconv, attn+mlp}",
    objectives=("top1", "macs"),
    limits={"macs": 50e6},
    reference={"top1": 0.5, "macs": 50e6},
    sampler={"name": "tpe", "seed": 0},
    trials=3,
)


@pytest.fixture
def open_page(open_app):
    return lambda **asked: open_app("search", **asked)


@pytest.fixture
def search(make, plan):
    """Writes a search of three networks with these top-1 by seed."""
    return lambda tops, **fields: make(
        tops, name="find", plan=replace(plan, search=replace(SEARCH, **fields), baseline="")
    )


TOPS = {"mbconv+attn": [0.92, 0.93], "attn+mbconv": [0.921, 0.925], "attn+mlp": [0.90, 0.912]}


def test_without_searches_it_says_how_to_start_one(open_page, full):
    app = open_page()
    assert not app.exception
    assert "python -m moat_lab.study search_tiny_widths" in app.info[1].value


def test_nothing_finished_shows_the_command(open_page, search):
    search({})
    app = open_page()
    assert not app.exception
    assert app.info[0].value.startswith("Nothing has finished yet.")


def test_a_search_shows_its_pick_its_growth_and_how_it_was_made(open_page, search):
    search(TOPS)
    app = open_page()
    assert not app.exception
    assert app.code[0].value.startswith("stem(16) | 1x ")
    assert len(app.get("plotly_chart")) == 3
    assert "That takes 20 finished networks; here are 3." in [text.value for text in app.text]
    assert [h.value for h in app.header] == [
        "As it grew", "The pick", "The networks", "Which factors matter", "Settings of the search"
    ]  # fmt: skip
    assert "sampler: tpe (seed 0); at most 3 networks" in [text.value for text in app.text]


def test_a_confirmed_pick_says_how_optimistic_it_was(open_page, search):
    results = ResultsFolder(search(TOPS))
    plan, (first, *_) = results.read_plan(), results.read().evaluations
    chosen = Selected(key=first.network_key, score=0.95, shrunken=0.94, seeds=2)
    results.confirmation.write_plan(replace(plan, search=None, baseline=first.network_key, seeds=(1000,)))
    results.confirmation.write_confirmation(Confirmation(pick=chosen, best=chosen, baseline=None, limits={}))
    fresh = replace(first, seed=1000, scores={"top1": 0.91}, test_scores={"top1": 0.9})
    results.confirmation.evaluations.append(fresh)
    app = open_page()
    assert not app.exception
    (said,) = [text.value for text in app.markdown if text.value.startswith("Confirmation with 1 fresh seed")]
    assert "+4.00 as selected, +3.00 shrunken" in said


def lines(app):
    """The scores in percent of the networks that are drawn through all factors at once."""
    (parallel,) = json.loads(app.get("plotly_chart")[2].proto.spec)["data"]
    scores = parallel["line"]["color"]
    return np.frombuffer(b64decode(scores["bdata"]), scores["dtype"]).round(2).tolist()


def test_a_selection_leaves_its_rows_and_lines_until_all_are_asked_for(open_page, search):
    search(TOPS)
    app = open_page(chosen=f"{'b' * 12},{'c' * 12},nobody")
    assert app.dataframe[0].value["variant"].tolist() == ["attn+mbconv", "attn+mlp"]
    assert lines(app) == [92.3, 90.6]
    assert "2 of 3 networks, as selected on the chart" in [caption.value for caption in app.caption]
    app.button[0].click().run()
    assert len(app.dataframe[0].value) == 3
    assert lines(app) == [92.5, 92.3, 90.6]
    assert app.query_params == {"study": "find"}


def test_another_search_starts_without_the_selection_of_the_last(open_page, search, make, plan):
    search(TOPS)
    make(TOPS, name="other", plan=replace(plan, search=SEARCH, baseline=""))
    app = open_page(study="find", chosen="c" * 12)
    assert len(app.dataframe[0].value) == 1
    app.selectbox(key="study").set_value("other").run()
    assert app.query_params == {"study": "other"}
    assert len(app.dataframe[0].value) == 3


def refused(app):
    return [metric.value for metric in app.metric if metric.label.endswith("proposals")]


def test_proposals_in_vain_are_counted(open_page, search):
    ResultsFolder(search(TOPS)).write_proposal_counts(ProposalCounts(duplicates=2, infeasible=1234))
    app = open_page()
    assert refused(app) == ["2", "1,234"]
    said = "refused proposals: 2 duplicates, 1,234 beyond the limits"
    assert said in [text.value for text in app.text]


def test_a_search_from_before_they_were_counted_says_so(open_page, search):
    search(TOPS)
    app = open_page()
    assert refused(app) == []
    said = "Duplicate and infeasible proposals were not recorded when this search ran."
    assert said in [c.value for c in app.caption]


def test_the_slider_goes_back_to_earlier_trials(open_page, search):
    search(TOPS)
    app = open_page()
    assert app.slider(key="trial").max == 3
    app.slider(key="trial").set_value(1).run()
    assert not app.exception
    assert len(app.get("plotly_chart")) == 3


def test_one_network_needs_no_slider(open_page, search, plan):
    search({"mbconv+attn": [0.92, 0.93]}, trials=1)
    app = open_page()
    assert not app.exception
    assert "Of the claims" not in " ".join(text.value for text in app.text)


def test_an_ablation_is_not_shown_first_and_where_it_is_chosen_its_page_is_named(open_page, search, full):
    search(TOPS)
    app = open_page()
    assert app.selectbox(key="study").value == "find"
    app.selectbox(key="study").set_value("ablate_order").run()
    assert app.info[0].value == "This study is no search: it compares networks with a baseline. Its effects:"
    assert app.query_params == {"study": "ablate_order"}


def ringed(app):
    """The keys of the points that a thick line goes around, on the chart of the frontier."""
    traces = json.loads(app.get("plotly_chart")[1].proto.spec)["data"]
    mark_pick = [trace for trace in traces if trace.get("marker", {}).get("line", {}).get("width") == 3.5]
    return [key for trace in mark_pick for (key,) in trace["customdata"]]


def test_the_pick_has_a_ring_from_the_trial_on_that_found_it(open_page, search):
    search({"mbconv+attn": [0.80, 0.81], "attn+mbconv": [0.95, 0.951], "attn+mlp": [0.70, 0.71]})
    app = open_page()
    assert app.code[0].value.startswith("stem(16) | 1x attn+mbconv @32")
    assert ringed(app) == ["b" * 12]
    app.slider(key="trial").set_value(1).run()
    assert ringed(app) == []


def test_limits_that_no_network_keeps_are_said(open_page, search):
    search(TOPS, limits={"macs": 1e6})
    app = open_page()
    assert not app.exception
    assert app.code[0].value.startswith("No network is under the budget.")


def test_what_failed_and_what_is_damaged_is_counted_and_named(open_page, search):
    folder = search({"mbconv+attn": [0.9, 0.91], "attn+mlp": [None]})
    (folder / "evaluations" / "cut.json").write_text("{", encoding="utf-8")
    app = open_page()
    assert not app.exception
    assert [warning.value for warning in app.warning] == [
        "Failed, and in no mean: 1 evaluation.",
        "Could not be read, and ignored: 1 file.",
    ]
    assert app.dataframe[-1].value["file"].tolist() == ["evaluations/cut.json"]


def test_all_failed_shows_the_command_and_counts_them(open_page, search):
    search({"mbconv+attn": [None, None], "attn+mbconv": [None, None], "attn+mlp": [None, None]})
    app = open_page()
    assert not app.exception
    assert app.info[0].value == "Nothing has finished yet. No training is missing."
    assert app.warning[0].value == "Failed, and in no mean: 6 evaluations."
    (command,) = [code.value for code in app.code]
    assert command.startswith("python -m moat_lab.study ")
    assert command.endswith(" --retry-failed")


def test_a_search_that_may_choose_more_is_not_over(open_page, search):
    search(TOPS, trials=7)
    app = open_page()
    assert not app.exception
    (bar,) = app.get("progress")
    assert bar.proto.text == "0 still to run; up to 4 networks still to choose; refreshes every 3 s"
    assert bar.proto.value == 42
    search(TOPS, trials=3)
    assert not open_page().get("progress")
