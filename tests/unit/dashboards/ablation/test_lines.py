"""Learning curves and interactions as they are drawn."""

import math

import pytest

from dashboards.ablation.lines import curves_figure, interaction_figure
from dashboards.colours import DARK, LIGHT
from moat_lab.analysis import Interval
from moat_lab.report.interaction import Panel
from moat_lab.report.learning import CurvesInfo, Line

ONE = math.nan
PANEL = Panel(
    score="top-1",
    along="early",
    levels=("mbconv", "<b>attn</b>"),
    by="late",
    usual="attn",
    lines={
        "mlp": (Interval(mean=92, low=70, high=114, n=3), Interval(mean=54, low=44, high=64, n=3)),
        "attn": (Interval(mean=5, low=-2, high=12, n=3), Interval(mean=46, low=ONE, high=ONE, n=1)),
        "mbconv": (Interval(mean=50, low=40, high=60, n=3), Interval(mean=50, low=40, high=60, n=3)),
    },
)


def line(label, verdict, *, is_labelled=True):
    values = {"mean": (40.0, 80.0), "low": (30.0, 70.0), "high": (50.0, 90.0)}
    return Line(label=label, epochs=(1, 2), seeds=2, verdict=verdict, is_labelled=is_labelled, **values)


def curves(*lines):
    return CurvesInfo(lines=lines, bottom=25.0, score="top-1")


def means(figure):
    return {trace.name: trace.line for trace in figure.data if trace.mode == "lines" and trace.name}


def test_no_bar_reaches_a_top_1_that_cannot_be():
    first, second, _ = interaction_figure(PANEL, LIGHT).data
    assert (first.error_y.array, first.error_y.arrayminus) == ((8, 10), (22, 10))
    assert (second.error_y.array, second.error_y.arrayminus) == ((7, None), (5, None))


def test_bars_at_one_level_stand_side_by_side():
    figure = interaction_figure(PANEL, LIGHT)
    assert [list(line.x) for line in figure.data] == [
        pytest.approx([-0.03, 0.97]),
        pytest.approx([0.0, 1.0]),
        pytest.approx([0.03, 1.03]),
    ]
    assert figure.layout.xaxis.ticktext == ("mbconv", "&lt;b&gt;attn&lt;/b&gt;")


@pytest.mark.parametrize(
    ("theme", "baseline", "network"), [(LIGHT, "#000000", "#0072B2"), (DARK, "#ffffff", "#56B4E9")]
)
def test_the_baselines_level_is_its_diamond_and_the_others_are_networks(theme, baseline, network):
    drawn = interaction_figure(PANEL, theme).data
    assert [(one.line.color, one.line.dash, one.marker.symbol) for one in drawn] == [
        (network, "dash", "circle"),
        (baseline, "solid", "diamond"),
        (network, "dot", "cross"),
    ]


def test_a_line_has_the_colour_of_its_verdict_and_dashes_of_its_own():
    verdicts = ("baseline", "better", "worse", "equivalent", "not distinguishable", "too few seeds", "better")
    figure = curves_figure(curves(*(line(f"v{i}", said) for i, said in enumerate(verdicts))), LIGHT)
    assert {name: look.color for name, look in means(figure).items()} == {
        "v0": "#000000",
        "v1: better": "#009E73",
        "v2: worse": "#D55E00",
        "v3: equivalent": "#0072B2",
        "v4: not distinguishable": "#8a8a8a",
        "v5: too few seeds": "#8a8a8a",
        "v6: better": "#009E73",
    }
    dashes = [look.dash for look in means(figure).values()]
    assert dashes[0] is None
    assert len(set(dashes)) == len(verdicts)


def test_at_its_end_a_line_has_the_mark_that_its_verdict_has_among_the_effects():
    info = curves(line("a", "baseline"), line("b", "worse"), line("c", "not distinguishable"))
    marks = [trace for trace in curves_figure(info, LIGHT).data if trace.mode == "markers"]
    assert [(mark.marker.symbol, mark.x, mark.y) for mark in marks] == [
        ("triangle-down", (2,), (80.0,)),
        ("circle-open", (2,), (80.0,)),
    ]


def test_lines_that_are_not_named_are_thin_and_grey_without_a_mark():
    figure = curves_figure(curves(line("a", "baseline"), line("b", "better", is_labelled=False)), DARK)
    look = means(figure)["b: better"]
    assert (look.color, look.width) == ("#8a8a8a", 1)
    assert not [trace for trace in figure.data if trace.mode == "markers"]


def test_a_variant_that_finished_after_the_verdicts_were_worked_out_is_grey():
    figure = curves_figure(curves(line("a", "baseline"), line("b", "not run")), LIGHT)
    assert means(figure)["b: not run"].color == "#8a8a8a"


def test_the_view_ends_above_the_highest_seed():
    assert curves_figure(curves(line("a", "baseline")), LIGHT).layout.yaxis.range == (25.0, 92.6)
