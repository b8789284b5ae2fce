"""The chart of an `EffectsInfo`: the effects of a study, with their intervals and verdicts."""

import plotly.graph_objects as go

from dashboards.bars import bars
from dashboards.ink import Ink
from dashboards.text import for_plotly
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
    "too few seeds": "x-thin-open",
}
"""Plotly's names of the forms that verdicts have in the reports."""
_ROW, _EDGES = 34, 130
_SECOND = 0.7
"""Opacity of all readings but the first."""


def effects_figure(info: EffectsInfo, ink: Ink) -> go.Figure:
    """One row for each variant, the first on top; of two readings, one under the other."""
    figure = go.Figure()
    for verdict in SYMBOLS:
        for reading in info.readings:
            figure.add_trace(_trace(info, verdict, reading, ink))
    names = [for_plotly(name) for name in info.rows]
    lanes = max(1, len(info.readings))
    figure.update_layout(
        height=_EDGES + _ROW * lanes * len(names),
        margin={"l": 12, "r": 12, "t": 40, "b": 52},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom"},
        dragmode=False,
        shapes=_lines(info, ink),
    )
    figure.update_xaxes(
        title=for_plotly(f"effect on top-1, points (against {info.against})"),
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


def _trace(info: EffectsInfo, verdict: str, reading: str, ink: Ink) -> go.Scatter:
    """The effects with a verdict in a reading; empty ones keep the legend the same from study to study."""
    places = [
        (i + _lane(info, reading), name, effect)
        for i, (name, effects) in enumerate(info.rows.items())
        for effect in effects
        if effect.verdict == verdict and effect.reading == reading
    ]
    shown = [effect for _, _, effect in places]
    symbol, look = SYMBOLS[verdict], VERDICT_MARKS[verdict]
    colour = ink.shown(look.colour)
    named = f"{verdict}, {reading_in_sentence(reading)}" if len(info.readings) > 1 else verdict
    return go.Scatter(
        name=named,
        showlegend=bool(places),
        x=[effect.effect for _, _, effect in places],
        y=[y for y, _, _ in places],
        error_x=bars([e.effect for e in shown], [e.low for e in shown], [e.high for e in shown]),
        mode="markers",
        opacity=1 if reading == info.readings[0] else _SECOND,
        marker={"symbol": symbol, "color": colour, "size": 11, "line": {"width": 2, "color": colour}},
        hovertext=[_hover(name, effect) for _, name, effect in places],
        hoverinfo="text",
    )


def _lane(info: EffectsInfo, reading: str) -> float:
    """Where in its row a reading stands: 0 where there is one, otherwise around it."""
    lanes = len(info.readings)
    return 0.0 if lanes < 2 else (info.readings.index(reading) - (lanes - 1) / 2) * 0.4


def _lines(info: EffectsInfo, ink: Ink) -> list[dict[str, object]]:
    """Zero, and the margin where one was stated."""
    whole = {"yref": "paper", "y0": 0, "y1": 1, "layer": "below"}
    zero = {"type": "line", "x0": 0, "x1": 0, "line": {"color": ink.baseline, "width": 1}, **whole}
    if info.margin is None:
        return [zero]
    sides = {"x0": -info.margin, "x1": info.margin, "fillcolor": GREY, "opacity": 0.25, "line": {"width": 0}}
    return [{"type": "rect", **sides, **whole}, zero]


def _hover(name: str, effect: Effect) -> str:
    fractions = (effect.effect / 100, effect.low / 100, effect.high / 100)
    said = f"{reading_title(effect.reading)}: {points(*fractions)} points, {effect.verdict}"
    return f"<b>{for_plotly(name)}</b><br>{for_plotly(said)}"
