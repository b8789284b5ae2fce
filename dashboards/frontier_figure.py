"""The chart of a `FrontierView`."""

from collections.abc import Sequence
from itertools import product

import plotly.graph_objects as go

from dashboards.bars import bars
from dashboards.cloud import cloud_trace
from dashboards.frontier_view import FrontierView
from dashboards.ink import Ink
from dashboards.plot_area import PlotArea, area_of, label_offsets, log_ticks
from dashboards.text import for_plotly
from moat_lab.report.labels import wrapped
from moat_lab.report.style import GREY

HEIGHT = 460
_FAINT = 0.45


def frontier_figure(view: FrontierView, ink: Ink) -> go.Figure:
    """Frontier points full, dominated ones faint, the baseline a diamond, bars the 95 % interval."""
    area = area_of(view.scatter, view.cloud.corners if view.cloud else ())
    figure = go.Figure(layout=_layout(view, area))
    if view.cloud:
        figure.add_trace(cloud_trace(view.cloud, ink, opacity=_FAINT))
    figure.add_trace(_frontier_line(view, area, ink))
    for on_frontier, is_baseline in product((False, True), repeat=2):
        figure.add_trace(_markers(view, ink, on_frontier=on_frontier, is_baseline=is_baseline))
    figure.update_layout(annotations=_labels(view, area))
    return figure


def _layout(view: FrontierView, area: PlotArea) -> go.Layout:
    return go.Layout(
        height=HEIGHT,
        margin={"l": 56, "r": 12, "t": 30, "b": 52},
        xaxis=_cost_axis(view, area),
        yaxis={"title": "top-1 (%)", "range": [area.bottom, area.top], "zeroline": False},
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


def _frontier_line(view: FrontierView, area: PlotArea, ink: Ink) -> go.Scatter:
    steps = view.scatter.steps
    x, y = zip(*steps, (area.right_cost, steps[-1][1]), strict=True)
    return go.Scatter(
        x=x, y=y, mode="lines", line={"color": ink.variant, "width": 1.5}, opacity=0.7, hoverinfo="skip"
    )


def _markers(view: FrontierView, ink: Ink, *, on_frontier: bool, is_baseline: bool) -> go.Scatter:
    """The points that look the same; each carries its key for a selection."""
    looks = (on_frontier, is_baseline)
    chosen = [i for i, p in enumerate(view.scatter.points) if (p.on_frontier, p.is_baseline) == looks]
    points = [view.scatter.points[i] for i in chosen]
    return go.Scatter(
        x=[point.cost for point in points],
        y=[point.top1 for point in points],
        error_y=bars([p.top1 for p in points], [p.low for p in points], [p.high for p in points]),
        customdata=[[view.keys[i]] for i in chosen],
        hovertext=[_hover(view.hovers[i]) for i in chosen],
        hoverinfo="text",
        mode="markers",
        opacity=1 if on_frontier else _FAINT,
        marker=_diamond(ink) if is_baseline else {"color": ink.variant, "size": 9},
    )


def _diamond(ink: Ink) -> dict[str, object]:
    return {"color": ink.baseline, "symbol": "diamond", "size": 11, "line": {"color": GREY, "width": 1}}


def _hover(lines: Sequence[str]) -> str:
    first, *rest = (for_plotly(line) for line in lines)
    return "<br>".join([f"<b>{first}</b>", *rest])


def _labels(view: FrontierView, area: PlotArea) -> list[dict[str, object]]:
    named = [point for point in view.scatter.points if point.is_named]
    return [
        {
            "text": "<br>".join(for_plotly(line) for line in wrapped(point.label, 22).split("\n")),
            "x": area.on_axis(point.cost),
            "y": point.top1,
            "ax": offset.x,
            "ay": offset.y,
            "font": {"size": 12},
            "opacity": 1 if point.on_frontier or point.is_baseline else 0.65,
            "arrowwidth": 0.7,
            "arrowcolor": GREY if offset.is_far else "rgba(0,0,0,0)",
            "arrowhead": 0,
            "standoff": 7,
        }
        for point, offset in zip(named, label_offsets(view.scatter, area), strict=True)
    ]
