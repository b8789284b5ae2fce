"""Lines with bands or bars: learning curves by variant, and top-1 by the levels of two factors."""

from collections.abc import Sequence
from itertools import cycle
from typing import Any

import plotly.graph_objects as go

from dashboards.bars import bars
from dashboards.ink import Ink
from dashboards.text import for_plotly
from moat_lab.analysis import Interval
from moat_lab.report.interaction import Panel
from moat_lab.report.learning import CurvesInfo, Line
from moat_lab.report.style import COLOURS, GREY

HEIGHT = 380
_MARGIN = {"l": 56, "r": 12, "t": 36, "b": 52}
_ASIDE = 0.03
"""From line to line, of the way between two levels: bars at the same level stand side by side."""


def curves_figure(info: CurvesInfo, ink: Ink) -> go.Figure:
    """Means over seeds, bands from the lowest to the highest; the baseline in the strongest contrast."""
    figure, colours = go.Figure(), cycle(COLOURS)
    for line in info.lines:
        colour = ink.baseline if line.is_baseline else ink.shown(next(colours)) if line.is_named else GREY
        figure.add_trace(_band(line, colour))
        figure.add_trace(_mean(line, colour))
    figure.update_layout(height=HEIGHT, margin=_MARGIN, hovermode="x", dragmode=False)
    figure.update_xaxes(title="epoch", fixedrange=True)
    figure.update_yaxes(title="val top-1 (%)", range=[info.bottom, None], fixedrange=True)
    return figure


def interaction_figure(panel: Panel, ink: Ink) -> go.Figure:
    """Top-1 by the levels of one factor, a line for each level of the other; parallel lines add up."""
    figure = go.Figure()
    looks = zip(panel.lines.items(), cycle(COLOURS), cycle(("solid", "dash", "dot")), strict=False)
    for i, ((level, cells), colour, dash) in enumerate(looks):
        aside = _ASIDE * (i - (len(panel.lines) - 1) / 2)
        figure.add_trace(
            go.Scatter(
                name=for_plotly(f"{panel.by}={level}"),
                x=[place + aside for place in range(len(panel.levels))],
                y=[cell.mean for cell in cells],
                error_y=_possible(cells),
                mode="lines+markers",
                line={"color": ink.shown(colour), "dash": dash},
                hovertemplate="%{y:.1f} %",
            )
        )
    figure.update_layout(height=HEIGHT, margin=_MARGIN, dragmode=False, showlegend=True)
    figure.update_xaxes(
        title=for_plotly(panel.along),
        tickvals=list(range(len(panel.levels))),
        ticktext=[for_plotly(name) for name in panel.levels],
        range=[-0.3, len(panel.levels) - 0.7],
        zeroline=False,
        fixedrange=True,
    )
    figure.update_yaxes(title="top-1 (%)", fixedrange=True)
    return figure


def _possible(cells: Sequence[Interval]) -> dict[str, Any]:
    """Bars of the intervals, as far as a top-1 can be."""
    lows, highs = [max(cell.low, 0.0) for cell in cells], [min(cell.high, 100.0) for cell in cells]
    return bars([cell.mean for cell in cells], lows, highs)


def _mean(line: Line, colour: str) -> go.Scatter:
    return go.Scatter(
        name=for_plotly(line.label),
        legendgroup=line.label,
        showlegend=line.is_named,
        x=line.epochs,
        y=line.mean,
        mode="lines",
        line={"color": colour, "width": 2.5 if line.is_baseline else 2},
        hovertemplate="%{y:.1f} %",
    )


def _band(line: Line, colour: str) -> go.Scatter:
    """From the lowest seed and back along the highest."""
    return go.Scatter(
        legendgroup=line.label,
        showlegend=False,
        x=[*line.epochs, *reversed(line.epochs)],
        y=[*line.low, *reversed(line.high)],
        mode="lines",
        line={"width": 0},
        fill="toself",
        fillcolor=colour,
        opacity=0.12,
        hoverinfo="skip",
    )
