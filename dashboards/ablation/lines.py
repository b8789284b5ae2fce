"""Lines with bands or bars: learning curves by variant, and the score by the levels of two factors."""

from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import Any

import plotly.graph_objects as go

from dashboards.ablation.effects import SYMBOLS
from dashboards.charts import error_bars, for_plotly
from dashboards.colours import Theme
from moat_lab.analysis import Interval
from moat_lab.report.interaction import Panel
from moat_lab.report.learning import CurvesInfo, Line
from moat_lab.report.learning.figure import line_colour
from moat_lab.report.style import GREY

HEIGHT = 380
_DASHES = ("dash", "dot", "dashdot", "longdash", "longdashdot", "2px,2px,8px,2px", "16px,2px")
"""One for each line that is named beside the baseline's, which alone is solid."""
_SYMBOLS = ("circle", "cross", "star", "pentagon", "hexagon")
"""None is the mark of a verdict."""
_LEGEND = {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "itemwidth": 50}
"""Above, where long names leave the lines their room; wide enough for their dashes."""
_MARGIN = {"l": 56, "r": 12, "t": 36, "b": 52}
_ASIDE = 0.03
"""From line to line, of the way between two levels: bars at the same level stand side by side."""


def curves_figure(info: CurvesInfo, theme: Theme) -> go.Figure:
    """Means over seeds, bands from the lowest to the highest, in the colours of their verdicts."""
    figure, dashes = go.Figure(), cycle(_DASHES)
    for line in info.lines:
        style = _line_style(line, theme, dashes)
        if line.is_labelled:
            figure.add_trace(_band(line, style["color"]))
        if line.verdict in SYMBOLS and line.is_labelled:
            figure.add_trace(_mark(line, style["color"]))
        figure.add_trace(_mean(line, style))
    figure.update_layout(height=HEIGHT, margin=_MARGIN, hovermode="x", dragmode=False, legend=_LEGEND)
    figure.update_xaxes(title="epoch", fixedrange=True)
    figure.update_yaxes(title=f"val {info.score} (%)", range=[info.bottom, info.top], fixedrange=True)
    return figure


def interaction_figure(panel: Panel, theme: Theme) -> go.Figure:
    """The score by the levels of one factor, a line for each level of the other; parallel lines add up."""
    figure = go.Figure()
    others = zip(cycle(_SYMBOLS), cycle(_DASHES), strict=False)
    for i, (level, cells) in enumerate(panel.lines.items()):
        is_usual = level == panel.usual
        symbol, dash = ("diamond", "solid") if is_usual else next(others)
        colour = theme.baseline if is_usual else theme.variant
        aside = _ASIDE * (i - (len(panel.lines) - 1) / 2)
        figure.add_trace(
            go.Scatter(
                name=for_plotly(f"{panel.by}={level}"),
                x=[i + aside for i in range(len(panel.levels))],
                y=[cell.mean for cell in cells],
                error_y=_clipped(cells),
                mode="lines+markers",
                line={"color": colour, "dash": dash},
                marker={"symbol": symbol, "size": 9},
                hovertemplate="%{y:.1f} %",
            )
        )
    figure.update_layout(height=HEIGHT, margin=_MARGIN, dragmode=False, showlegend=True, legend=_LEGEND)
    figure.update_layout(legend_title=for_plotly(panel.by_title))
    figure.update_xaxes(
        title=for_plotly(panel.along_title),
        tickvals=list(range(len(panel.levels))),
        ticktext=[for_plotly(name) for name in panel.levels],
        range=[-0.3, len(panel.levels) - 0.7],
        zeroline=False,
        fixedrange=True,
    )
    figure.update_yaxes(title=f"{panel.score} (%)", fixedrange=True)
    return figure


def _clipped(cells: Sequence[Interval]) -> dict[str, Any]:
    """Error bars of the intervals, clipped to 0 and 100 %."""
    lows, highs = [max(cell.low, 0.0) for cell in cells], [min(cell.high, 100.0) for cell in cells]
    return error_bars([cell.mean for cell in cells], lows, highs)


def _line_style(line: Line, theme: Theme, dashes: Iterator[str]) -> dict[str, Any]:
    """What plotly's `line` takes: the baseline thick and solid, what is not named thin, others dashed."""
    colour = theme.shade(line_colour(line))
    if line.is_baseline:
        return {"color": colour, "width": 3.5}
    if not line.is_labelled:
        return {"color": GREY, "width": 1}
    return {"color": colour, "width": 2, "dash": next(dashes)}


def _mean(line: Line, style: dict[str, Any]) -> go.Scatter:
    return go.Scatter(
        name=for_plotly(line.label if line.is_baseline else f"{line.label}: {line.verdict}"),
        legendgroup=line.label,
        showlegend=line.is_labelled,
        x=line.epochs,
        y=line.mean,
        mode="lines",
        line=style,
        hovertemplate="%{y:.1f} %",
    )


def _mark(line: Line, colour: str) -> go.Scatter:
    """Of its verdict, at the last epoch."""
    return go.Scatter(
        legendgroup=line.label,
        showlegend=False,
        x=line.epochs[-1:],
        y=line.mean[-1:],
        mode="markers",
        marker={
            "symbol": SYMBOLS[line.verdict],
            "size": 11,
            "color": colour,
            "line": {"width": 2, "color": colour},
        },
        hoverinfo="skip",
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
