"""What the chart shows, as values."""

import math
from dataclasses import replace
from itertools import combinations

import pytest

from dashboards.colours import DARK, LIGHT
from dashboards.frontier.figure import frontier_figure
from dashboards.frontier.plot_area import area_of, label_offsets, log_ticks
from dashboards.frontier.view import frontier_view, logarithmic
from dashboards.study import study_of
from moat_lab.analysis import summary
from moat_lab.records import ResultsFolder, Search
from moat_lab.report.placement import Box


def view_of(folder, cost="macs", scale="auto"):
    study = study_of(ResultsFolder(folder))
    return frontier_view(study.plan, study.table, cost=cost, scale=scale)


def test_points_are_in_percent_and_the_axis_unit_cheapest_first(full):
    scatter = view_of(full).scatter
    assert scatter.cost_label == "cost (MMACs)"
    assert [(p.label, p.cost) for p in scatter.points] == [
        ("attn+mlp", 35.0),
        ("mbconv+attn", 41.2),
        ("attn+mbconv", 41.5),
    ]
    assert [p.score for p in scatter.points] == pytest.approx([90.6, 92.5, 92.3])
    assert scatter.points[1].high - scatter.points[1].score == pytest.approx(6.353, abs=1e-3)


@pytest.mark.parametrize(
    ("cost", "frontier"),
    [
        ("macs", {"attn+mlp", "mbconv+attn"}),
        ("params", {"attn+mlp", "mbconv+attn"}),
        ("activations", {"attn+mbconv", "mbconv+attn"}),
    ],
)
def test_the_frontier_is_that_of_the_cost_on_the_axis(full, cost, frontier):
    assert {p.label for p in view_of(full, cost).scatter.points if p.on_frontier} == frontier


@pytest.mark.parametrize("cost", ["macs", "params"])
def test_the_frontier_is_that_of_the_summary(full, cost):
    table = study_of(ResultsFolder(full)).table
    view = view_of(full, cost)
    shown = {key for key, p in zip(view.keys, view.scatter.points, strict=True) if p.on_frontier}
    assert shown == set(table.loc[table[f"frontier_{cost}"], "key"])


def test_what_has_not_finished_is_no_point(make):
    view = view_of(make({"mbconv+attn": [0.9], "attn+mlp": [None]}))
    assert view.keys == ("a" * 12,)
    assert math.isnan(view.scatter.points[0].low)


@pytest.mark.parametrize(("scale", "logarithmic"), [("auto", False), ("linear", False), ("log", True)])
def test_the_scale_is_the_one_asked_for(full, scale, logarithmic):
    assert view_of(full, scale=scale).scatter.logarithmic is logarithmic


@pytest.mark.parametrize(("costs", "logs"), [([0.0, 5.0, 900.0], False), ([0.1, 5.0, 900.0], True)])
def test_a_cost_of_zero_keeps_the_axis_linear(costs, logs):
    assert [logarithmic(scale, "macs", costs) for scale in ("log", "auto")] == [logs, logs]


def test_a_point_says_network_costs_accuracy_seeds_and_effect(make):
    view = view_of(make({"mbconv+attn": [0.92, 0.93], "attn+mlp": [0.90, 0.91, None]}))
    assert view.hovers[0] == (
        "attn+mlp",
        "stem(16) |",
        "1x attn+mlp @32",
        "35 M MACs, 860 k parameters, 6 k activations",
        "top-1 90.5 [84.1, 96.9] %",
        "2 of 2 seeds, 1 failed",
        "against the baseline -2.00 [-2.37, -1.63] points: worse",
    )
    assert view.hovers[1][-1] == "baseline"


def test_the_chart_has_every_point_once_and_marks_the_baseline(full):
    view = view_of(full)
    traces = [t for t in frontier_figure(view, LIGHT).data if t.mode == "markers"]
    found = {key: t for t in traces for (key,) in t.customdata}
    assert set(found) == set(view.keys)
    assert found["a" * 12].marker.symbol == "diamond"
    assert (found["a" * 12].opacity, found["b" * 12].opacity) == (1, 0.45)
    assert (found["a" * 12].marker.color, found["b" * 12].marker.color) == ("#000000", "#0072B2")


def test_a_baseline_that_is_dominated_is_not_faint(full):
    view = view_of(full)
    points = tuple(replace(p, on_frontier=not p.is_baseline) for p in view.scatter.points)
    dominated = replace(view, scatter=replace(view.scatter, points=points))
    diamonds = [t for t in frontier_figure(dominated, LIGHT).data if t.marker.symbol == "diamond"]
    assert [t.opacity for t in diamonds] == [1]


def test_the_baseline_stands_out_on_dark(full):
    colours = {t.marker.symbol: t.marker.color for t in frontier_figure(view_of(full), DARK).data}
    assert colours["diamond"] == "#ffffff"


def test_no_text_of_a_file_is_a_tag_on_the_chart(make, plan):
    hostile = tuple(replace(v, network="stem(1) | <b>$x$</b>") for v in plan.variants)
    folder = make({"mbconv+attn": [0.9]}, plan=replace(plan, variants=hostile))
    figure = frontier_figure(view_of(folder), LIGHT)
    hover = next(t.hovertext[0] for t in figure.data if t.hovertext)
    assert hover.startswith("<b>mbconv+attn</b><br>stem(1) |<br>&lt;b&gt;&#36;x&#36;&lt;/b&gt;<br>")


def test_labels_cover_neither_each_other_nor_a_point(full):
    info = view_of(full).scatter
    area = area_of(info)
    places = [area.pixels(point.cost, point.score) for point in info.points]
    labels = [
        Box(x=x + offset.x, y=y + offset.y, width=50, height=14)
        for (x, y), offset in zip(places, label_offsets(info, area), strict=True)
    ]
    points = [Box(x=x, y=y, width=9, height=9) for x, y in places]
    assert all(a.overlap(b) == 0 for a, b in combinations(labels, 2))
    assert all(label.overlap(point) == 0 for label in labels for point in points)


@pytest.mark.parametrize(
    ("left", "right", "ticks"),
    [(0.9, 2.1, [10, 20, 50, 100]), (0.4, 0.8, [3, 4, 5, 6]), (-1.1, 0.1, [0.1, 0.2, 0.5, 1])],
)
def test_ticks_of_a_logarithmic_axis_are_round(left, right, ticks):
    assert log_ticks(left, right) == pytest.approx(ticks)


def test_points_of_a_search_are_named_by_trial_and_have_no_bars_of_two_seeds(full):
    study = study_of(ResultsFolder(full))
    search = Search(
        space="s",
        objectives=("top1", "macs"),
        limits={},
        reference={"top1": 0, "macs": 9},
        sampler={"name": "tpe"},
        trials=3,
    )
    plan = replace(study.plan, search=search, baseline="")
    view = frontier_view(plan, summary(plan, study.reading.evaluations), cost="macs", scale="auto")
    assert [point.label for point in view.scatter.points] == ["3", "1", "2"]
    assert all(math.isnan(point.low) for point in view.scatter.points)
    assert view.hovers[0][0] == "attn+mlp"
