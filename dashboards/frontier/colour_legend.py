"""How a `Colouring` looks: the colours and symbols of points, the bar or the names that explain them."""

import math
from collections.abc import Sequence
from itertools import cycle
from typing import Any

import plotly.graph_objects as go

from dashboards.ablation.effects import SYMBOLS as VERDICT_SYMBOLS
from dashboards.charts import for_plotly
from dashboards.colours import Theme
from dashboards.frontier.colouring import OTHERS, Colouring
from dashboards.frontier.plot_area import log_ticks
from moat_lab.report.effects.figure import VERDICT_MARKS
from moat_lab.report.style import GREY

_SYMBOLS = ("circle", "cross", "star", "triangle-left", "hourglass", "bowtie", "triangle-right")
"""None marks the baseline or a verdict; seven symbols and five colours first repeat as a pair after 35."""
_BAR_TOP = -0.25
"""In heights of the plot: below the title of the axis."""
_FEW = 6
"""Numbers that are all named below the bar."""


def colours_of(keys: Sequence[str], by: Colouring, theme: Theme) -> list[float | str]:
    """What plotly takes as a marker's colour: a number on the bar, or a colour; grey without a value."""
    if not by.levels:
        return [_on_bar(by.values[key], by) if key in by.values else GREY for key in keys]
    marks = _marks(by, theme)
    return [marks.get(by.values.get(key), (GREY, ""))[0] for key in keys]


def symbols_of(keys: Sequence[str], by: Colouring, theme: Theme) -> list[str]:
    """A symbol for each text; a circle for numbers."""
    marks = _marks(by, theme)
    return [marks.get(by.values.get(key), ("", "circle"))[1] for key in keys]


def colour_axis(by: Colouring, theme: Theme) -> dict[str, Any]:
    """Plotly's axis of colours, with its bar below the chart."""
    font = {"size": 12, "color": theme.text}
    bar = {
        "title": {"text": for_plotly(by.title), "side": "top", "font": font},
        "orientation": "h",
        "thickness": 12,
        "y": _BAR_TOP,
        "yanchor": "top",
        "outlinewidth": 0,
        "tickfont": font,
        **_ticks(by),
    }
    return {"colorscale": list(theme.scale), "colorbar": bar}


def named_levels(by: Colouring, theme: Theme) -> list[go.Scatter]:
    """A trace without points for each text: its entry in the legend."""
    marks: dict[Any, tuple[str, str]] = _marks(by, theme)
    others = {OTHERS: (GREY, "circle")} if by.has_others else {}
    return [_entry(name, *mark) for name, mark in (marks | others).items()]


def level_legend(by: Colouring, theme: Theme) -> dict[str, Any]:
    """Plotly's legend, in lines below the chart."""
    font = {"size": 12, "color": theme.text}
    return {
        "title": {"text": for_plotly(by.title), "font": font},
        "orientation": "h",
        "x": 0,
        "yref": "container",
        "y": 0,
        "yanchor": "bottom",
        "itemclick": False,
        "itemdoubleclick": False,
        "font": font,
    }


def _marks(by: Colouring, theme: Theme) -> dict[Any, tuple[str, str]]:
    """Text -> colour and symbol; verdicts have those of all pages."""
    if {*by.levels} <= {*VERDICT_MARKS}:
        return {name: (theme.shade(VERDICT_MARKS[name].colour), VERDICT_SYMBOLS[name]) for name in by.levels}
    looks = zip(cycle((theme.variant, *theme.kinds)), cycle(_SYMBOLS), strict=False)
    return dict(zip(by.levels, looks, strict=False))


def _on_bar(value: Any, by: Colouring) -> float:
    return math.log10(value) if by.logarithmic else value


def _ticks(by: Colouring) -> dict[str, Any]:
    """Plotly's own, unless the numbers are few or logarithmic."""
    numbers: list[float] = sorted({float(value) for value in by.values.values()})
    if by.logarithmic:
        numbers = log_ticks(math.log10(numbers[0]), math.log10(numbers[-1]))
    elif len(numbers) > _FEW:
        return {"nticks": _FEW}
    return {"tickvals": [_on_bar(n, by) for n in numbers], "ticktext": [f"{n:.4g}" for n in numbers]}


def _entry(name: str, colour: str, symbol: str) -> go.Scatter:
    return go.Scatter(
        name=for_plotly(name),
        x=[None],
        y=[None],
        mode="markers",
        marker={"color": colour, "symbol": symbol, "size": 10, "line": {"width": 2, "color": colour}},
        hoverinfo="skip",
        showlegend=True,
    )
