"""The figure of a `ScatterInfo`."""

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from moat_lab.report.scatter import ScatterInfo, ScatterPoint
from moat_lab.report.scatter.labelling import dot_of, draw_labels, pixels
from moat_lab.report.spacing import dodged
from moat_lab.report.style import BLACK, GREY, NETWORK, PAPER, PICK, blank_axes, say_empty

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_OVER = 0.1
"""Room above 100 % for labels, as a share of the view."""
_APART = 5.0
"""Typographic points between bars."""


def draw_scatter(info: ScatterInfo) -> "Figure":
    """Frontier points full, dominated ones faint, the baseline a diamond, bars the 95 % interval.

    A budget is a dashed line, the pick has a ring, and what a search started from a square.
    """
    figure, axes = blank_axes()
    axes.set(xlabel=info.cost_label, ylabel=info.score_label)
    if not info.points:
        say_empty(axes)
        return figure
    _set_view(axes, info)
    info = _dodged(axes, info)
    for point in info.points:
        _draw_point(axes, point)
    _draw_budget(axes, info)
    _draw_frontier(axes, info)
    draw_labels(axes, info, _colour)
    _draw_legend(axes, info)
    return figure


def _colour(point: ScatterPoint) -> str:
    if point.is_baseline:
        return BLACK
    return GREY if point.is_peer else NETWORK


def _draw_point(axes: "Axes", point: ScatterPoint) -> None:
    half = [[point.score - point.low], [point.high - point.score]]
    axes.errorbar(
        [point.cost],
        [point.score],
        yerr=None if math.isnan(point.low) else half,
        fmt="D" if point.is_baseline else "o",
        color=_colour(point),
        alpha=_alpha(point),
        markersize=4,
        markeredgewidth=0.6 if point.is_hollow else 0,
        markerfacecolor="none" if point.is_hollow else None,
        elinewidth=0.8,
        zorder=3,
    )
    for style in _rings(point):
        axes.plot([point.cost], [point.score], **style)


def _alpha(point: ScatterPoint) -> float:
    if point.is_over:
        return 0.2
    return 1.0 if point.on_frontier or point.is_pick or point.is_baseline else 0.4


_RING: dict[str, Any] = {
    "linestyle": "none",
    "markersize": 8,
    "markeredgewidth": 1.2,
    "markerfacecolor": "none",
    "zorder": 3.5,
}
_PICK = {**_RING, "marker": "o", "markeredgecolor": PICK, "label": "the pick"}
_START = {**_RING, "marker": "s", "markeredgecolor": PAPER, "markersize": 7, "label": "started from"}


def _rings(point: ScatterPoint) -> list[dict[str, Any]]:
    return [*([_PICK] if point.is_pick else []), *([_START] if point.is_start else [])]


def _draw_legend(axes: "Axes", info: ScatterInfo) -> None:
    """What the rings mean, below the lowest point of the dearer networks."""
    from matplotlib.lines import Line2D

    styles = {style["label"]: style for point in info.points for style in _rings(point)}
    if styles:
        handles = [Line2D([], [], **style) for style in styles.values()]
        axes.legend(handles=handles, loc="lower right", frameon=False, fontsize=6, handletextpad=0.2)


def _draw_budget(axes: "Axes", info: ScatterInfo) -> None:
    right = axes.get_xlim()[1]
    if info.budget is not None and info.budget < right:
        axes.axvspan(info.budget, right, color="#f0f0f0", linewidth=0, zorder=0.5)
        axes.axvline(info.budget, color=GREY, linewidth=0.7, linestyle="--", zorder=1)
        axes.set_xlim(right=right)


def _set_view(axes: "Axes", info: ScatterInfo) -> None:
    """Room around the points for their labels, but no view of impossible accuracies."""
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

    if info.logarithmic:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.margins(x=0.2, y=0.18)
    axes.update_datalim([(p.cost, y) for p in info.points for y in (p.score, p.low, p.high) if y == y])
    axes.autoscale_view()
    axes.yaxis.set_major_locator(MaxNLocator(nbins=7, steps=[1, 2, 5, 10]))
    low, high = axes.get_ylim()
    axes.set(xlim=axes.get_xlim(), ylim=(max(low, -2), min(high, 100 + _OVER * (100 - low))))


def _dodged(axes: "Axes", info: ScatterInfo) -> ScatterInfo:
    """Points whose bars would hide each other beside each other, in the order of their costs."""
    dot = dot_of(axes)
    xs = dodged([pixels(axes, p.cost, p.score)[0] for p in info.points if p.low == p.low], gap=_APART * dot)
    costs = iter(axes.transData.inverted().transform([(x, 0) for x in xs])[:, 0] if xs else ())
    points = (replace(p, cost=float(next(costs))) if p.low == p.low else p for p in info.points)
    return replace(info, points=tuple(points))


def _draw_frontier(axes: "Axes", info: ScatterInfo) -> None:
    right = axes.get_xlim()[1]
    x, y = zip(*info.steps, (right, info.steps[-1][1]), strict=True)
    axes.plot(x, y, color=NETWORK, linewidth=0.9, alpha=0.7, zorder=2)
