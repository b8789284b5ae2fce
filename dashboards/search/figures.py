"""The charts of a search: its hypervolume by trial, which factors mattered, and all networks at once."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboards.charts import for_plotly
from dashboards.colours import Theme
from dashboards.costs import COSTS, MEASURED, unit

_MARGIN = {"l": 56, "r": 12, "t": 30, "b": 52}
TRACE_HEIGHT = 300
_TICKS = 12
"""Levels of a factor that are all named on its axis."""


def trace_figure(volumes: pd.DataFrame, trial: int, theme: Theme) -> go.Figure:
    """`analysis.trace` as steps, with a vertical line at the chosen trial."""
    figure = go.Figure(
        go.Scatter(
            x=volumes["trial"],
            y=volumes["hypervolume"],
            mode="lines",
            line={"color": theme.variant, "width": 2, "shape": "hv"},
            hovertemplate="trial %{x}: %{y:.3f}<extra></extra>",
        )
    )
    figure.add_vline(x=trial, line={"color": theme.baseline, "width": 1, "dash": "dot"})
    figure.update_layout(height=TRACE_HEIGHT, margin=_MARGIN, dragmode=False)
    figure.update_xaxes(title="networks trained", fixedrange=True)
    figure.update_yaxes(title="hypervolume (share of the box)", rangemode="tozero", fixedrange=True)
    return figure


def importance_figure(shares: Mapping[str, float], score: str, theme: Theme) -> go.Figure:
    """A bar for each factor, the most important on top; none where the importance is NaN."""
    lengths = {name: 0.0 if math.isnan(share) else share for name, share in shares.items()}
    ordered = sorted(lengths, key=lambda name: lengths[name])
    figure = go.Figure(
        go.Bar(
            x=[100 * lengths[name] for name in ordered],
            y=[for_plotly(name) for name in ordered],
            orientation="h",
            marker={"color": theme.variant},
            hovertemplate="%{x:.0f} %<extra></extra>",
        )
    )
    figure.update_layout(height=90 + 30 * len(ordered), margin=_MARGIN, dragmode=False)
    figure.update_xaxes(title=f"importance for {score} (%)", fixedrange=True)
    figure.update_yaxes(type="category", fixedrange=True, automargin=True)
    return figure


def parallel_figure(
    levels: pd.DataFrame,
    costs: pd.DataFrame,
    scores: "pd.Series[float]",
    theme: Theme,
    shown: NDArray[np.bool_],
) -> go.Figure:
    """One line for each finished network through its levels and costs, bluer with its score in percent.

    Args:
        levels: (N, factors), as written.
        costs: (N, costs).
        scores: (N,) fractions, by the name of the score.
        shown: (N,) which have a line; axes and colours are those of all.
    """
    axes = [_level_axis(str(name), levels[name]) for name in levels]
    axes += [_cost_axis(str(name), costs[name]) for name in costs]
    axes.append({"label": scores.name, "values": 100 * scores, "tickformat": ".3~g"})
    figure = go.Figure(
        go.Parcoords(
            dimensions=[_part(axis, shown) for axis in axes],
            line={
                "color": 100 * scores[shown],
                "cmin": 100 * scores.min(),
                "cmax": 100 * scores.max(),
                "colorscale": [[0, theme.low], [1, theme.variant]],
                "showscale": False,
            },
            labelfont={"size": 13, "color": theme.text},
            tickfont={"size": 12, "color": theme.text},
            rangefont={"size": 11, "color": "rgba(0,0,0,0)"},
        )
    )
    figure.update_layout(height=380, margin={"l": 60, "r": 50, "t": 60, "b": 30})
    return figure


def _part(axis: Mapping[str, Any], shown: NDArray[np.bool_]) -> dict[str, Any]:
    """The axis with the values that are shown, from the least to the most of all."""
    values = np.asarray(axis["values"], dtype=np.float64)
    ends = [float(values.min()), float(values.max())]
    return {**axis, "values": values[shown], **({"range": ends} if ends[0] < ends[1] else {})}


def _cost_axis(name: str, values: "pd.Series[float]") -> dict[str, object]:
    """A cost in its unit; other columns as they are."""
    if name not in COSTS | MEASURED:
        return {"label": for_plotly(name), "values": values}
    of = unit(name, values)
    return {"label": of.header, "values": values / of.factor, "tickformat": ".3~g"}


def _level_axis(name: str, values: "pd.Series[str]") -> dict[str, object]:
    """Numbers at their values; other levels one above the other, in order of appearance."""
    numbers = pd.to_numeric(values, errors="coerce")
    if numbers.notna().all():
        ticks = {"tickvals": sorted(numbers.unique())} if numbers.nunique() <= _TICKS else {}
        return {"label": for_plotly(name), "values": numbers, **ticks}
    levels = list(dict.fromkeys(values))
    positions = [levels.index(value) for value in values]
    ticks = {"tickvals": list(range(len(levels))), "ticktext": [for_plotly(level) for level in levels]}
    return {"label": for_plotly(name), "values": positions, **ticks}
