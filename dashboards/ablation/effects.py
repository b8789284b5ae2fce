"""The chart of an `EffectsInfo`: the effects of a study, with their intervals and verdicts."""

import plotly.graph_objects as go

from dashboards.charts import error_bars, for_plotly
from dashboards.colours import Theme
from moat_lab.report.effects import Effect, EffectsInfo
from moat_lab.report.effects.figure import VERDICT_MARKS
from moat_lab.report.names import reading_in_sentence, reading_title
from moat_lab.report.style import GREY
from moat_lab.report.units import points

SYMBOLS = {
    "better": "triangle-up",
    "worse": "triangle-down",
    "equivalent": "square",
    "not distinguishable": "circle-open",
    "underpowered": "diamond-open",
    "too few seeds": "x-thin-open",
    "not testable": "pentagon-open",
}
"""Plotly's names of the forms that verdicts have in the reports."""
_ROW, _EDGES = 34, 130
_SECOND = 0.7
"""Opacity of all readings but the first."""


def effects_figure(info: EffectsInfo, theme: Theme) -> go.Figure:
    """One row for each variant, the first on top; of two readings, one under the other."""
    figure = go.Figure()
    for verdict in SYMBOLS:
        for reading in info.readings:
            figure.add_trace(_trace(info, verdict, reading, theme))
    names = [for_plotly(name) for name in info.rows]
    lanes = max(1, len(info.readings))
    figure.update_layout(
        height=_EDGES + _ROW * lanes * len(names),
        margin={"l": 12, "r": 12, "t": 40, "b": 52},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom"},
        dragmode=False,
        shapes=_lines(info, theme),
    )
    figure.update_xaxes(
        title=for_plotly(f"effect on {info.score}, points (against {info.against})"),
        range=[info.left, info.right],
        zeroline=False,
        fixedrange=True,
    )
    figure.update_yaxes(
        tickvals=list(range(len(names))),
        ticktext=names,
        range=[len(names) - 0.5, -0.5],
        showgrid=False,
        zeroline=False,
        fixedrange=True,
        automargin=True,
    )
    return figure


def _trace(info: EffectsInfo, verdict: str, reading: str, theme: Theme) -> go.Scatter:
    """The effects with a verdict in a reading; empty ones keep the legend the same from study to study."""
    rows = [
        (i + _lane(info, reading), name, effect)
        for i, (name, of_variant) in enumerate(info.rows.items())
        for effect in of_variant
        if effect.verdict == verdict and effect.reading == reading
    ]
    effects = [effect for _, _, effect in rows]
    symbol, colour = SYMBOLS[verdict], theme.shade(VERDICT_MARKS[verdict].colour)
    name = f"{verdict}, {reading_in_sentence(reading)}" if len(info.readings) > 1 else verdict
    return go.Scatter(
        name=name,
        showlegend=bool(rows),
        x=[effect.effect for _, _, effect in rows],
        y=[y for y, _, _ in rows],
        error_x=error_bars([e.effect for e in effects], [e.low for e in effects], [e.high for e in effects]),
        mode="markers",
        opacity=1 if reading == info.readings[0] else _SECOND,
        marker={"symbol": symbol, "color": colour, "size": 11, "line": {"width": 2, "color": colour}},
        hovertext=[_hover(name, effect) for _, name, effect in rows],
        hoverinfo="text",
    )


def _lane(info: EffectsInfo, reading: str) -> float:
    """Offset of a reading in its row; 0 if there is only one."""
    lanes = len(info.readings)
    return 0.0 if lanes < 2 else (info.readings.index(reading) - (lanes - 1) / 2) * 0.4


def _lines(info: EffectsInfo, theme: Theme) -> list[dict[str, object]]:
    """Zero, and the margin where one was stated."""
    span = {"yref": "paper", "y0": 0, "y1": 1, "layer": "below"}
    zero = {"type": "line", "x0": 0, "x1": 0, "line": {"color": theme.baseline, "width": 1}, **span}
    if info.margin is None:
        return [zero]
    sides = {"x0": -info.margin, "x1": info.margin, "fillcolor": GREY, "opacity": 0.25, "line": {"width": 0}}
    return [{"type": "rect", **sides, **span}, zero]


def _hover(name: str, effect: Effect) -> str:
    fractions = (effect.effect / 100, effect.low / 100, effect.high / 100)
    text = f"{reading_title(effect.reading)}: {points(*fractions)} points, {effect.verdict}"
    return f"<b>{for_plotly(name)}</b><br>{for_plotly(text)}"
