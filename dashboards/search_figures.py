"""The charts of a search: its hypervolume by trial, which factors mattered, and all networks at once."""

import math
from collections.abc import Mapping

import pandas as pd
import plotly.graph_objects as go

from dashboards.costs import COSTS, MEASURED, unit
from dashboards.ink import Ink
from dashboards.text import for_plotly

_MARGIN = {"l": 56, "r": 12, "t": 30, "b": 52}
_TICKS = 12
"""Levels of a factor that are all named on its axis."""


def trace_figure(volumes: pd.DataFrame, trial: int, ink: Ink) -> go.Figure:
    """`hypervolume_by_trial` as steps; a line stands at the trial that is looked at."""
    figure = go.Figure(
        go.Scatter(
            x=volumes["trial"],
            y=volumes["hypervolume"],
            mode="lines",
            line={"color": ink.variant, "width": 2, "shape": "hv"},
            hovertemplate="trial %{x}: %{y:.3f}<extra></extra>",
        )
    )
    figure.add_vline(x=trial, line={"color": ink.baseline, "width": 1, "dash": "dot"})
    figure.update_layout(height=300, margin=_MARGIN, dragmode=False)
    figure.update_xaxes(title="networks trained", fixedrange=True)
    figure.update_yaxes(title="hypervolume (share of the box)", rangemode="tozero", fixedrange=True)
    return figure


def importance_figure(shares: Mapping[str, float], ink: Ink) -> go.Figure:
    """A bar for each factor, the most important on top; one that cannot be told has none."""
    known = {name: 0.0 if math.isnan(share) else share for name, share in shares.items()}
    ordered = sorted(known, key=lambda name: known[name])
    figure = go.Figure(
        go.Bar(
            x=[100 * known[name] for name in ordered],
            y=[for_plotly(name) for name in ordered],
            orientation="h",
            marker={"color": ink.variant},
            hovertemplate="%{x:.0f} %<extra></extra>",
        )
    )
    figure.update_layout(height=90 + 30 * len(ordered), margin=_MARGIN, dragmode=False)
    figure.update_xaxes(title="importance for top-1 (%)", fixedrange=True)
    figure.update_yaxes(type="category", fixedrange=True, automargin=True)
    return figure


def parallel_figure(
    levels: pd.DataFrame, costs: pd.DataFrame, top1: "pd.Series[float]", ink: Ink
) -> go.Figure:
    """One line for each finished network through its levels and costs, bluer with its top-1 in percent.

    Args:
        levels: (N, factors), as written.
        costs: (N, costs).
        top1: (N,) fractions.
    """
    axes = [_level_axis(str(name), levels[name]) for name in levels]
    axes += [_cost_axis(str(name), costs[name]) for name in costs]
    axes.append({"label": "top-1 (%)", "values": 100 * top1, "tickformat": ".3~g"})
    figure = go.Figure(
        go.Parcoords(
            dimensions=axes,
            line={"color": 100 * top1, "colorscale": [[0, ink.low], [1, ink.variant]], "showscale": False},
            labelfont={"size": 13, "color": ink.text},
            tickfont={"size": 12, "color": ink.text},
            rangefont={"size": 11, "color": "rgba(0,0,0,0)"},
        )
    )
    figure.update_layout(height=380, margin={"l": 60, "r": 50, "t": 60, "b": 30})
    return figure


def _cost_axis(name: str, values: "pd.Series[float]") -> dict[str, object]:
    """A cost in the unit that suits it; what is none of the costs, as it is."""
    if name not in COSTS | MEASURED:
        return {"label": for_plotly(name), "values": values}
    of = unit(name, values)
    return {"label": of.header, "values": values / of.factor, "tickformat": ".3~g"}


def _level_axis(name: str, values: "pd.Series[str]") -> dict[str, object]:
    """Numbers stand where they are; other levels one above the other, in the order in which they came."""
    numbers = pd.to_numeric(values, errors="coerce")
    if numbers.notna().all():
        ticks = {"tickvals": sorted(numbers.unique())} if numbers.nunique() <= _TICKS else {}
        return {"label": for_plotly(name), "values": numbers, **ticks}
    known = list(dict.fromkeys(values))
    places = [known.index(value) for value in values]
    ticks = {"tickvals": list(range(len(known))), "ticktext": [for_plotly(level) for level in known]}
    return {"label": for_plotly(name), "values": places, **ticks}
