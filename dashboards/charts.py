"""What the charts of all pages share: how they are put on a page, escaped text, error bars."""

import html
import math
from collections.abc import Iterable
from typing import Any

import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboards.lead import lead_chart


def chart_area(height: int, key: str) -> DeltaGenerator:
    """A place for a chart, as high from the start: plotly comes late, and what is below must not move."""
    return st.container(height=height, border=False, key=f"{key}_area")


def draw_chart(figure: go.Figure, key: str, *, area: DeltaGenerator | None = None) -> None:
    """As wide as the page, without plotly's toolbar; in a `chart_area` of its own unless one is given."""
    with area or chart_area(figure.layout.height, key):
        st.plotly_chart(
            figure, width="stretch", key=key, config={"displayModeBar": False}, alt=spoken_name(figure, key)
        )
    lead_chart()


def spoken_name(figure: go.Figure, key: str) -> str:
    """What a screen reader calls a chart: its axes, or its key where they have no titles."""
    titles = [axis.title.text for axis in (figure.layout.yaxis, figure.layout.xaxis)]
    named = [html.unescape(title) for title in titles if title]
    return f"Chart: {' against '.join(named) or key.replace('_', ' ')}"


def for_plotly(text: str) -> str:
    """One line that plotly shows as it is: no tags, no formulas."""
    return html.escape(_one_line(text), quote=False).replace("$", "&#36;")


def for_code_span(text: str) -> str:
    """One line that stays inside Markdown's backticks."""
    return _one_line(text).replace("`", "'")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def error_bars(means: Iterable[float], lows: Iterable[float], highs: Iterable[float]) -> dict[str, Any]:
    """For plotly's `error_x` and `error_y`; no bar where an interval is NaN."""
    rows = list(zip(means, lows, highs, strict=True))
    return {
        "array": [_none_if_nan(high - mean) for mean, _, high in rows],
        "arrayminus": [_none_if_nan(mean - low) for mean, low, _ in rows],
        "thickness": 1.5,
        "width": 4,
    }


def _none_if_nan(value: float) -> float | None:
    return None if math.isnan(value) else value
