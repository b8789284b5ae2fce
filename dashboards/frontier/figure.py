"""The chart of a `FrontierView`."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboards.charts import error_bars, for_plotly
from dashboards.colours import Theme
from dashboards.frontier.colour_legend import (
    colour_axis,
    colours_of,
    level_legend,
    named_levels,
    symbols_of,
)
from dashboards.frontier.colouring import Colouring, value_text
from dashboards.frontier.plot_area import PlotArea, area_of, label_offsets, log_ticks
from dashboards.frontier.view import Cloud, FrontierView
from moat_lab.report.names import wrapped
from moat_lab.report.scatter import ScatterPoint
from moat_lab.report.style import GREY

HEIGHT = 460
_FAINT, _FAINTER = 0.45, 0.2
_CLOUD_HOVER = "%{y:.1f} % at %{x:.3~g}<br>%{customdata[0]}: click for its row"
_SHADE = "rgba(138,138,138,0.16)"


def frontier_figure(view: FrontierView, theme: Theme) -> go.Figure:
    """Frontier points full, dominated ones faint, the baseline a diamond, bars the 95 % interval.

    What lies beyond a budget is shaded, and the pick has a ring. There is at least one point. Where a column
    colours the points, dominated ones are not faint: that would be other colours.
    """
    area = area_of(view.scatter, view.cloud.corners if view.cloud else ())
    figure = go.Figure(layout=_layout(view, area))
    if view.cloud:
        figure.add_trace(_cloud_trace(view, view.cloud, theme))
    figure.add_trace(_frontier_line(view, area, theme))
    keys = [_draw_order(point) for point in view.scatter.points]
    for key in sorted(set(keys)):
        figure.add_trace(_markers(view, theme, [i for i, other in enumerate(keys) if other == key]))
    figure.update_layout(
        annotations=_labels(view, area, theme) + _budget_name(view, area, theme), shapes=_budget(view, area)
    )
    if view.colouring:
        _explain(figure, view.colouring, theme)
    return figure


def _layout(view: FrontierView, area: PlotArea) -> go.Layout:
    return go.Layout(
        height=HEIGHT,
        uirevision=f"{view.scatter.cost_label} {area.logarithmic}",
        margin={"l": 56, "r": 12, "t": 30, "b": 52},
        xaxis=_cost_axis(view, area),
        yaxis={"title": view.scatter.score_label, "range": [area.bottom, area.top], "zeroline": False},
        showlegend=False,
        hovermode="closest",
        hoverlabel={"align": "left"},
        dragmode="pan",
    )


def _cost_axis(view: FrontierView, area: PlotArea) -> dict[str, object]:
    axis: dict[str, object] = {"title": view.scatter.cost_label, "range": [area.left, area.right]}
    if not area.logarithmic:
        return axis
    ticks = log_ticks(area.left, area.right)
    return axis | {"type": "log", "tickvals": ticks, "ticktext": [f"{tick:g}" for tick in ticks]}


def _explain(figure: go.Figure, by: Colouring, theme: Theme) -> None:
    """A bar for numbers, names for texts."""
    if by.levels:
        figure.add_traces(named_levels(by, theme))
        figure.update_layout(legend=level_legend(by, theme), showlegend=True)
    else:
        figure.update_layout(coloraxis=colour_axis(by, theme))


def _cloud_trace(view: FrontierView, cloud: Cloud, theme: Theme) -> go.Scattergl:
    """Small and faint, drawn by the graphics card; with keys as customdata like other points."""
    by = view.colouring
    texts = [[for_plotly(value_text(by, key)) for key in cloud.keys]] if by else []
    return go.Scattergl(
        x=cloud.costs,
        y=cloud.score,
        customdata=np.array([cloud.keys, *texts], dtype=object).T,
        hovertemplate=f"{_CLOUD_HOVER}{_cloud_value(by)}<extra></extra>",
        mode="markers",
        opacity=1 if by else _FAINT,
        marker={"color": theme.variant, "size": 6} | (_painted(cloud.keys, by, theme) if by else {}),
        showlegend=False,
    )


def _cloud_value(by: Colouring | None) -> str:
    return f"<br>{for_plotly(by.title)}: %{{customdata[1]}}" if by else ""


def _painted(keys: Sequence[str], by: Colouring, theme: Theme) -> dict[str, Any]:
    """What plotly's `marker` takes for points with these keys."""
    colours = {"color": colours_of(keys, by, theme)}
    return colours | ({"symbol": symbols_of(keys, by, theme)} if by.levels else {"coloraxis": "coloraxis"})


def _frontier_line(view: FrontierView, area: PlotArea, theme: Theme) -> go.Scatter:
    steps = view.scatter.steps
    x, y = zip(*steps, (area.right_cost, steps[-1][1]), strict=True)
    return go.Scatter(
        x=x,
        y=y,
        mode="lines",
        line={"color": theme.variant, "width": 1.5},
        opacity=0.7,
        hoverinfo="skip",
        showlegend=False,
    )


def _draw_order(point: ScatterPoint) -> tuple[bool, ...]:
    """Points with equal keys look the same; the last in order are drawn on top."""
    raised = (point.is_pick, not point.is_over, point.on_frontier, point.is_baseline)
    return (*raised, not point.is_peer, not point.is_hollow)


def _markers(view: FrontierView, theme: Theme, chosen: Sequence[int]) -> go.Scatter:
    """The points with these indices, which look the same; each has its key as customdata for a selection."""
    points = [view.scatter.points[i] for i in chosen]
    return go.Scatter(
        x=[point.cost for point in points],
        y=[point.score for point in points],
        error_y=error_bars([p.score for p in points], [p.low for p in points], [p.high for p in points])
        | ({"color": GREY} if view.colouring else {}),
        customdata=[[view.keys[i]] for i in chosen],
        hovertext=[_hover(view.hovers[i]) for i in chosen],
        hoverinfo="text",
        mode="markers",
        opacity=_opacity(points[0], is_coloured=view.colouring is not None),
        marker=_marker(points[0], theme) | _colours(points[0], [view.keys[i] for i in chosen], view, theme),
        showlegend=False,
    )


def _opacity(point: ScatterPoint, *, is_coloured: bool) -> float:
    if point.is_over:
        return _FAINTER
    is_full = is_coloured or point.on_frontier or point.is_pick or point.is_baseline
    return 1 if is_full else _FAINT


def _marker(point: ScatterPoint, theme: Theme) -> dict[str, object]:
    """A diamond is the baseline, grey a peer; the pick has a ring."""
    symbol = "diamond" if point.is_baseline else "circle"
    colour = theme.baseline if point.is_baseline else GREY if point.is_peer else theme.variant
    return {
        "color": theme.pick if _is_ring(point) else colour,
        "symbol": f"{symbol}-open" if point.is_hollow else symbol,
        "size": 15 if point.is_pick else 11 if point.is_baseline else 8 if point.is_peer else 9,
        "line": {"color": theme.pick, "width": 3.5} if point.is_pick else {"width": 1.5 * point.is_hollow},
    }


def _is_ring(point: ScatterPoint) -> bool:
    """Whether the pick's ring is all of it: plotly draws the outline of open symbols in their colour."""
    return point.is_pick and point.is_hollow


def _colours(point: ScatterPoint, keys: Sequence[str], view: FrontierView, theme: Theme) -> dict[str, object]:
    """What the column that colours the points changes of `_marker`, for points that are like this one.

    The baseline stays a diamond: black among texts, with a black edge among numbers.
    """
    by = view.colouring
    if by is None or _is_ring(point) or (point.is_baseline and by.levels):
        return {}
    painted = _painted(keys, by, theme)
    if point.is_baseline:
        edge = {} if point.is_pick else {"line": {"color": theme.baseline, "width": 2}}
        return painted | edge
    symbols = painted.get("symbol", ["circle"] * len(keys))
    if point.is_pick:  # of open symbols the ring would not be seen
        return painted | {"symbol": [symbol.removesuffix("-open") for symbol in symbols]}
    return painted | ({"symbol": [f"{symbol}-open" for symbol in symbols]} if point.is_hollow else {})


def _budget(view: FrontierView, area: PlotArea) -> list[dict[str, object]]:
    """Shade over the costs beyond the budget."""
    if not _is_in_view(view, area):
        return []
    shade = {"type": "rect", "yref": "paper", "y0": 0, "y1": 1, "x0": view.scatter.budget}
    return [shade | {"x1": area.right_cost, "fillcolor": _SHADE, "line": {"width": 0}, "layer": "below"}]


def _budget_name(view: FrontierView, area: PlotArea, theme: Theme) -> list[dict[str, object]]:
    """At the right end, where it fits however narrow the shade."""
    if not _is_in_view(view, area):
        return []
    place = {"xref": "paper", "x": 1, "xanchor": "right", "yref": "paper", "y": 1, "yanchor": "bottom"}
    font = {"size": 12, "color": theme.text}
    return [place | {"text": "beyond the budget", "font": font, "showarrow": False}]


def _is_in_view(view: FrontierView, area: PlotArea) -> bool:
    return view.scatter.budget is not None and view.scatter.budget < area.right_cost


def _hover(lines: Sequence[str]) -> str:
    first, *rest = (for_plotly(line) for line in lines)
    return "<br>".join([f"<b>{first}</b>", *rest])


def _labels(view: FrontierView, area: PlotArea, theme: Theme) -> list[dict[str, object]]:
    named = [point for point in view.scatter.points if point.is_labelled]
    return [
        {
            "text": "<br>".join(for_plotly(line) for line in wrapped(point.label, 22).split("\n")),
            "x": area.on_axis(point.cost),
            "y": point.score,
            "ax": offset.x,
            "ay": offset.y,
            "font": {"size": 12, "color": theme.text},
            "arrowwidth": 0.7,
            "arrowcolor": GREY if offset.is_far else "rgba(0,0,0,0)",
            "arrowhead": 0,
            "standoff": 7,
        }
        for point, offset in zip(named, label_offsets(view.scatter, area), strict=True)
    ]
