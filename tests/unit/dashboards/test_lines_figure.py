"""Interactions as they are drawn."""

import math

import pytest

from dashboards.ink import DARK, LIGHT
from dashboards.lines_figure import interaction_figure
from moat_lab.analysis import Interval
from moat_lab.report.interaction import Panel

ONE = math.nan
PANEL = Panel(
    along="early",
    levels=("mbconv", "<b>attn</b>"),
    by="late",
    lines={
        "attn": (Interval(mean=92, low=70, high=114, n=3), Interval(mean=54, low=44, high=64, n=3)),
        "mlp": (Interval(mean=5, low=-2, high=12, n=3), Interval(mean=46, low=ONE, high=ONE, n=1)),
    },
)


def test_no_bar_reaches_a_top_1_that_cannot_be():
    first, second = interaction_figure(PANEL, LIGHT).data
    assert (first.error_y.array, first.error_y.arrayminus) == ((8, 10), (22, 10))
    assert (second.error_y.array, second.error_y.arrayminus) == ((7, None), (5, None))


def test_bars_at_one_level_stand_side_by_side():
    figure = interaction_figure(PANEL, LIGHT)
    assert [list(line.x) for line in figure.data] == [
        pytest.approx([-0.015, 0.985]),
        pytest.approx([0.015, 1.015]),
    ]
    assert figure.layout.xaxis.ticktext == ("mbconv", "&lt;b&gt;attn&lt;/b&gt;")


def test_lines_are_lighter_on_dark():
    shown = [[line.line.color for line in interaction_figure(PANEL, ink).data] for ink in (LIGHT, DARK)]
    assert shown == [["#0072B2", "#D55E00"], ["#56B4E9", "#E69F00"]]
