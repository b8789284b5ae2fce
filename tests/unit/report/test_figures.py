"""What the figures show, as values; and that they can be drawn with any number of variants."""

import math
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from moat_lab.analysis import curves, summary
from moat_lab.analysis.search_tables import search_summary
from moat_lab.metrics.top1 import METRIC as TOP1
from moat_lab.records import ResultsFolder
from moat_lab.report.effects import effects_info
from moat_lab.report.effects.figure import VERDICT_MARKS, draw_effects
from moat_lab.report.learning import curves_info
from moat_lab.report.learning.figure import draw_curves, line_colour
from moat_lab.report.names import labels
from moat_lab.report.placement import Box, leads_through
from moat_lab.report.scatter import scatter_info
from moat_lab.report.scatter.figure import draw_scatter
from moat_lab.report.search.figure import search_scatter_info
from moat_lab.report.search.pick import pick_of
from moat_lab.report.style import figure_bytes, frame_of


def infos(folder):
    plan, known = ResultsFolder(folder).read_plan(), ResultsFolder(folder).evaluations.read().evaluations
    names, table = labels(plan), summary(plan, known)
    verdicts = dict(zip(table["key"], table["verdict"], strict=True))
    return (
        scatter_info(table, names, "macs", TOP1),
        curves_info(curves(plan, known), names, verdicts, "top-1"),
    )


def table_of(costs):
    n = len(costs)
    return pd.DataFrame(
        {
            "key": [f"k{i}" for i in range(n)],
            "macs": costs,
            "score": [0.5 + i / 100 for i in range(n)],
            "score_low": math.nan,
            "score_high": math.nan,
            "verdict": ["baseline"] + ["better"] * (n - 1),
            "frontier_macs": [i == n - 1 for i in range(n)],
        }
    )


def test_points_are_in_percent_and_the_axis_unit(small):
    info, _ = infos(small)
    assert info.cost_label == "cost (MMACs)"
    assert [(p.label, p.cost) for p in info.points] == [
        ("attn+mlp", 35.0),
        ("mbconv+attn", 41.2),
        ("attn+mbconv", 41.5),
    ]
    assert [p.score for p in info.points] == pytest.approx([90.6, 92.5, 92.4])
    assert [p.on_frontier for p in info.points] == [True, True, False]
    assert [p.is_baseline for p in info.points] == [False, True, False]
    assert info.points[1].low == pytest.approx(91.2579, abs=1e-4)


def test_the_frontier_steps_at_each_of_its_points(small):
    info, _ = infos(small)
    assert [x for x, _ in info.steps] == [35.0, 41.2, 41.2]
    assert [y for _, y in info.steps] == pytest.approx([90.6, 90.6, 92.5])


@pytest.mark.parametrize(
    ("costs", "label", "logarithmic"),
    [
        ([2_000_000_000, 1_000_000_000], "cost (GMACs)", False),
        ([1_000_000, 8_000_000], "cost (MMACs)", False),
        ([1_000_000, 8_100_000], "cost (MMACs)", True),
        ([10, 20], "cost (kMACs)", False),
    ],
)
def test_unit_and_scale_fit_the_costs(costs, label, logarithmic):
    info = scatter_info(table_of(costs), {"k0": "a", "k1": "b"}, "macs", TOP1)
    assert (info.cost_label, info.logarithmic) == (label, logarithmic)


def test_of_many_points_only_frontier_and_baseline_are_named():
    info = scatter_info(table_of(list(range(100, 109))), {f"k{i}": f"v{i}" for i in range(9)}, "macs", TOP1)
    assert [p.label for p in info.points if p.is_labelled] == ["v0", "v8"]


def test_lines_are_means_with_the_lowest_and_highest_seed(small):
    _, info = infos(small)
    line = info.lines[0]
    assert (line.label, line.epochs, line.seeds, line.is_baseline) == ("mbconv+attn", (1, 2), 3, True)
    assert line.mean == pytest.approx((46.25, 92.5))
    assert line.low == pytest.approx((46.0, 92.0))
    assert line.high == pytest.approx((46.5, 93.0))


def test_a_line_has_the_colour_of_its_verdict_and_black_is_the_baselines_alone(small):
    _, info = infos(small)
    assert [(line.verdict, line_colour(line)) for line in info.lines] == [
        ("baseline", "#000000"),
        ("not distinguishable", "#8a8a8a"),
        ("worse", "#D55E00"),
    ]


def test_of_many_lines_the_baseline_and_the_seven_best_are_named():
    rows = [{"key": f"k{i}", "seed": 0, "epoch": e, "score": i / 20} for i in range(10) for e in (1, 2)]
    verdicts = {f"k{i}": "better" if i else "baseline" for i in range(10)}
    info = curves_info(pd.DataFrame(rows), {f"k{i}": f"v{i}" for i in range(10)}, verdicts, "top-1")
    assert [line.label for line in info.lines if line.is_labelled] == ["v0", *(f"v{i}" for i in range(3, 10))]


def test_the_view_may_leave_out_the_start_of_a_training():
    rows = [{"key": "k", "seed": 0, "epoch": e, "score": min(e, 8) / 10} for e in range(12)]
    assert curves_info(pd.DataFrame(rows), {"k": "v"}, {"k": "baseline"}, "top-1").bottom == pytest.approx(
        28.0
    )


def effects_of(folder):
    plan = ResultsFolder(folder).read_plan()
    return effects_info(plan, summary(plan, ResultsFolder(folder).evaluations.read().evaluations))


def test_effects_are_in_points_in_the_plans_order(small):
    info = effects_of(small)
    assert (info.against, info.readings, info.margin) == ("mbconv+attn", ("none",), None)
    assert list(info.rows) == ["attn+mbconv", "attn+mlp"]
    effect = info.rows["attn+mlp"][0]
    assert (effect.effect, effect.low, effect.high) == pytest.approx((-1.9, -2.1484, -1.6516), abs=1e-4)
    assert effect.verdict == "worse"


def test_both_readings_of_a_variant_share_a_row(two_readings):
    info = effects_of(two_readings)
    assert (info.against, info.readings, info.margin) == ("the baseline", ("none", "macs"), 5.0)
    assert {name: [e.reading for e in row] for name, row in info.rows.items()} == {
        "w=16": ["none", "macs"],
        "se=1": ["none"],
        "w=16, se=1": ["none", "macs"],
    }


def test_one_seed_is_an_effect_without_interval(tmp_path, make_results):
    info = effects_of(make_results(tmp_path, {"mbconv+attn": [0.92], "attn+mlp": [0.91]}))
    effect = info.rows["attn+mlp"][0]
    assert effect.effect == pytest.approx(-1)
    assert math.isnan(effect.low)
    assert effect.verdict == "too few seeds"
    assert (info.left, info.right) == pytest.approx((-1.05, 0.05))


def test_an_interval_far_longer_than_the_others_does_not_set_the_view(tmp_path, make_results):
    tops = {"mbconv+attn": [0.9, 0.9], "attn+mbconv": [0.909, 0.911], "attn+mlp": [0.5, 0.9]}
    info = effects_of(make_results(tmp_path, tops))
    long = info.rows["attn+mlp"][0]
    assert (long.low, long.high) == pytest.approx((-274.12, 234.12), abs=0.01)
    assert long.low < info.left < -20
    assert 1 < info.right < long.high


def test_every_verdict_has_a_mark_of_its_own():
    assert len({(look.marker, look.filled) for look in VERDICT_MARKS.values()}) == len(VERDICT_MARKS) == 7


@pytest.mark.parametrize(
    "tops",
    [{}, {"attn+mlp": [0.5]}, {"attn+mlp": [0.5, 0.5], "mbconv+attn": [1.0, 1.0]}, {"mbconv+attn": [0.0]}],
)
def test_any_number_of_variants_and_seeds_can_be_drawn(tmp_path, make_results, tops):
    folder = make_results(tmp_path, tops)
    scatter, lines = infos(folder)
    drawn = (
        figure_bytes(draw_scatter, scatter),
        figure_bytes(draw_curves, lines),
        figure_bytes(draw_effects, effects_of(folder)),
    )
    for files in drawn:
        assert files[".png"].startswith(b"\x89PNG")
        assert files[".pdf"].startswith(b"%PDF")


def test_a_figure_has_the_same_bytes_each_time_and_no_date(small):
    scatter, lines = infos(small)
    assert figure_bytes(draw_scatter, scatter) == figure_bytes(draw_scatter, scatter)
    assert figure_bytes(draw_curves, lines) == figure_bytes(draw_curves, lines)
    assert b"CreationDate" not in figure_bytes(draw_curves, lines)[".pdf"]


CROWDED = ["relations_needs_both", "ablate_order_digits", "ablate_position"]


@pytest.mark.parametrize("name", CROWDED)
def test_no_leader_crosses_the_mark_or_the_bar_of_another_point(name):
    folder = ResultsFolder(Path(__file__).parents[3] / "results" / name)
    info, _ = infos(folder.path)
    axes = draw_scatter(info).axes[0]
    marks = _marks(axes)
    for line in (line for line in axes.lines if line.get_linewidth() == 0.4):
        start, end = map(tuple, axes.transData.transform(line.get_xydata()))
        assert not [mark for mark in marks if leads_through((start, end), mark)]


@pytest.mark.parametrize("name", CROWDED)
def test_every_label_stays_inside_and_covers_no_mark_or_bar(name):
    info, _ = infos(ResultsFolder(Path(__file__).parents[3] / "results" / name).path)
    axes = draw_scatter(info).axes[0]
    frame, labels = frame_of(axes), [text for text in axes.texts if text.get_text()]
    assert {text.get_text().replace("\n", " ") for text in labels}
    for text in labels:
        extent = text.get_window_extent()
        box = Box(
            x=extent.x0 + extent.width / 2,
            y=extent.y0 + extent.height / 2,
            width=extent.width,
            height=extent.height,
        )
        assert box.overlap(frame) == pytest.approx(box.width * box.height)
        assert not [mark for mark in _marks(axes) if box.overlap(mark)]


def _marks(axes):
    """Marks and bars as they are drawn, in pixels."""
    bars = [bar for container in axes.containers for bar in container.lines[2]]
    boxes = []
    for path in (path for bar in bars for path in bar.get_paths()):
        (x, low), (_, high) = axes.transData.transform(path.vertices)
        boxes += [Box(x=x, y=(low + high) / 2, width=3, height=high - low)]
    for container in axes.containers:
        x, y = axes.transData.transform(container.lines[0].get_xydata()[0])
        boxes += [Box(x=x, y=y, width=16, height=16)]
    return boxes


def test_the_baseline_is_black_also_where_it_is_dominated(two_readings):
    info, _ = infos(two_readings)
    dominated = replace(
        info, points=tuple(replace(p, on_frontier=p.label != "baseline") for p in info.points)
    )
    diamonds = [
        container.lines[0]
        for container in draw_scatter(dominated).axes[0].containers
        if container.lines[0].get_marker() == "D"
    ]
    assert [(diamond.get_color(), diamond.get_alpha()) for diamond in diamonds] == [("#000000", 1.0)]


def test_points_of_one_cost_stand_beside_each_other():
    folder = ResultsFolder(Path(__file__).parents[3] / "results" / "ablate_position")
    info, _ = infos(folder.path)
    assert len({point.cost for point in info.points}) == 1
    axes = draw_scatter(info).axes[0]
    drawn = sorted(axes.transData.transform(c.lines[0].get_xydata()[0])[0] for c in axes.containers)
    assert [b - a for a, b in pairwise(drawn)] == pytest.approx([5 * 300 / 72] * 3)


def test_the_pick_of_a_search_has_a_ring_and_its_start_a_square():
    folder = ResultsFolder(Path(__file__).parents[3] / "results" / "search_tiny_widths")
    plan = folder.read_plan()
    table = search_summary(plan, folder.read())
    info = search_scatter_info(table, plan, plan.search)
    pick = table.index[table["key"] == pick_of(table, plan, {}).chosen][0] + 1
    assert [p.label for p in info.points if p.is_pick] == [str(pick)]
    assert [p.label for p in info.points if p.is_start] == ["1"]
    legend = draw_scatter(info).axes[0].get_legend()
    assert {text.get_text() for text in legend.get_texts()} == {"the pick", "started from"}
