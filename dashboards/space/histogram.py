"""How often a space has which cost: a histogram, with the budget as a line."""

import math
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from dashboards.colours import Theme
from dashboards.costs import unit
from moat_lab.report.style import GREY

HEIGHT, BINS = 320, 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Histogram:
    """Edges in the axis' unit, (bins + 1,); counts of networks within all budgets and beyond one, (bins,)."""

    axis: str
    edges: tuple[float, ...]
    within: tuple[int, ...]
    beyond: tuple[int, ...]
    budget: float | None


def cost_histogram(
    values: NDArray[np.float64], is_feasible: NDArray[np.bool_], *, cost: str, budget: float | None
) -> Histogram:
    """`values` of one cost, (N,); `is_feasible` tells which are within all budgets."""
    of = unit(cost, [float(values.max())])
    edges = _edges(values / of.factor)
    within, beyond = (
        np.histogram(values[rows] / of.factor, edges)[0] for rows in (is_feasible, ~is_feasible)
    )
    return Histogram(
        axis=of.axis,
        edges=tuple(map(float, edges)),
        within=tuple(map(int, within)),
        beyond=tuple(map(int, beyond)),
        budget=None if budget is None else budget / of.factor,
    )


def _edges(values: NDArray[np.float64]) -> NDArray[np.float64]:
    low, high = float(values.min()), float(values.max())
    if low == high:
        return np.array([0.95 * low, 1.05 * high])
    return np.linspace(low, high, min(BINS, len(np.unique(values))) + 1)


def histogram_figure(view: Histogram, theme: Theme) -> go.Figure:
    """Networks within all budgets in colour, the others grey."""
    figure = go.Figure(
        layout=go.Layout(
            height=HEIGHT,
            margin={"l": 56, "r": 12, "t": 36, "b": 52},
            barmode="stack",
            bargap=0.02,
            xaxis={"title": view.axis, "fixedrange": True, "tick0": 0, "dtick": _step(view)},
            yaxis={"title": "networks", "fixedrange": True},
            legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "traceorder": "normal"},
            showlegend=any(view.beyond),
            dragmode=False,
        )
    )
    figure.add_trace(_bars(view, "within the budgets", view.within, theme.variant))
    figure.add_trace(_bars(view, "beyond a budget", view.beyond, GREY))
    if view.budget is not None and view.edges[0] <= view.budget <= view.edges[-1]:
        figure.add_vline(x=view.budget, line={"color": theme.baseline, "width": 2, "dash": "dash"})
    return figure


def _step(view: Histogram) -> float:
    """1, 2 or 5 times a power of ten with at most ten ticks: plotly's own would be at the bars."""
    least = (view.edges[-1] - view.edges[0]) / 10
    decade = 10.0 ** math.floor(math.log10(least))
    return decade * next(factor for factor in (1, 2, 5, 10) if factor * decade >= least)


def _bars(view: Histogram, name: str, counts: tuple[int, ...], colour: str) -> go.Bar:
    lows, highs = view.edges[:-1], view.edges[1:]
    return go.Bar(
        name=name,
        x=[(low + high) / 2 for low, high in zip(lows, highs, strict=True)],
        width=[high - low for low, high in zip(lows, highs, strict=True)],
        y=counts,
        marker={"color": colour, "line": {"width": 0}},
        hovertext=[
            f"{low:.3g} to {high:.3g}: {n} {name}" for low, high, n in zip(lows, highs, counts, strict=True)
        ],
        hoverinfo="text",
    )
