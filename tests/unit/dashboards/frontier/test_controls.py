"""Budgets as sliders, and the pick under them."""

from functools import partial

import pytest

from dashboards.colours import LIGHT
from dashboards.frontier.budget_pick import mark_pick, pick_under_budgets
from dashboards.frontier.controls import steps
from dashboards.frontier.figure import frontier_figure
from dashboards.frontier.view import frontier_view
from dashboards.study import study_of
from moat_lab.analysis.search_tables import with_measurements
from moat_lab.metrics.top1 import METRIC as TOP1
from moat_lab.records import ResultsFolder
from moat_lab.report.names import labels
from moat_lab.report.search.pick import pick_lines

DESCRIBE = partial(pick_lines, metric=TOP1)


def chosen(folder, limits, cost="macs"):
    study = study_of(ResultsFolder(folder))
    table = with_measurements(study.table, study.plan, study.reading)
    pick = pick_under_budgets(table, limits, cost=cost, names=labels(study.plan), describe=DESCRIBE)
    return pick, mark_pick(frontier_view(study.plan, table, cost=cost, scale="auto"), pick, cost=cost)


def test_steps_are_equal_ratios_and_the_first_allows_the_least():
    found = steps([1_234_567, 100e6, 5e6])
    assert (len(found), found[0], found[12]) == (24, "1.24M", "11.2M")


def test_one_cost_for_all_needs_no_slider():
    assert steps([5.0, 5.0]) == []
    assert steps([]) == []


def test_milliseconds_below_one_have_steps():
    assert steps([0.5123, 2.0])[0] == "0.513"


def test_without_a_budget_the_pick_is_the_cheapest_within_one_standard_error(full):
    pick, view = chosen(full, {})
    assert pick.key == "a" * 12
    assert pick.text.splitlines()[2] == (
        "2 of 3 networks are within one standard error (0.31 points) of the best, 92.4 % shrunken; "
        "this is the cheapest of them."
    )
    assert [p.label for p in view.scatter.points if p.is_pick] == ["pick: mbconv+attn"]


def test_another_cost_is_spared_by_another_pick(full):
    assert chosen(full, {}, "activations")[0].key == "b" * 12


def test_what_is_beyond_a_budget_is_fainter_and_says_so(full):
    pick, view = chosen(full, {"macs": 41.3e6})
    assert pick.over_budget == {"b" * 12}
    over = view.scatter.points[2]
    assert (over.is_over, over.is_labelled, view.hovers[2][-1]) == (True, False, "beyond the budget")
    assert view.hovers[1][-1] == "the pick"
    figure = frontier_figure(view, LIGHT)
    assert figure.layout.shapes[0].x0 == 41.3
    named = next(a for a in figure.layout.annotations if a.text == "beyond the budget")
    assert (named.xref, named.x, named.xanchor) == ("paper", 1, "right")
    assert {t.opacity for t in figure.data if t.customdata and t.customdata[0] == ["b" * 12]} == {0.2}


def test_the_pick_has_the_pink_ring(full):
    figure = frontier_figure(chosen(full, {})[1], LIGHT)
    ringed = [t.customdata[0][0] for t in figure.data if t.marker.line.color == "#CC79A7"]
    assert ringed == ["a" * 12]


def test_a_budget_on_another_cost_shades_nothing_on_this_axis(full):
    view = chosen(full, {"params": 900e3})[1]
    assert view.scatter.budget is None
    assert [p.label for p in view.scatter.points if not p.is_over] == ["pick: attn+mlp"]


def test_a_budget_that_nobody_meets_says_what_the_least_is(full):
    pick, view = chosen(full, {"macs": 1e6, "params": 900e3})
    assert (pick.key, len(pick.over_budget)) == ("", 3)
    assert pick.text.splitlines() == [
        "No network is under the budget. The least that one has:",
        "35 M MACs, more than 1 M MACs: attn+mlp",
        "860 k parameters: attn+mlp",
    ]
    assert not any(point.is_pick for point in view.scatter.points)


def test_a_limit_on_what_was_not_measured_is_met_by_nobody(full):
    assert chosen(full, {"latency_ms": 5.0})[0].text.splitlines()[1:] == ["latency: not measured"]


@pytest.mark.parametrize("cost", ["macs", "params"])
def test_a_network_that_costs_the_budget_is_within_it(full, cost):
    most = {"macs": 35e6, "params": 860e3}[cost]
    assert chosen(full, {cost: most})[0].key == "c" * 12
