"""The chart of a `PublishedView`."""

import math

import plotly.graph_objects as go

from dashboards.architecture.published_view import GROUPS, PublishedView
from dashboards.colours import Theme
from dashboards.frontier.plot_area import log_ticks
from dashboards.text import for_plotly
from moat_lab.report.style import GREY

HEIGHT = 380


def published_figure(view: PublishedView, theme: Theme) -> go.Figure:
    """Published top-1 against cost, and a vertical line at the network, whose top-1 nobody knows."""
    ticks = log_ticks(*_ends(view))
    figure = go.Figure(
        layout=go.Layout(
            height=HEIGHT,
            margin={"l": 56, "r": 12, "t": 36, "b": 52},
            xaxis={
                "title": view.axis,
                "type": "log",
                "range": _ends(view),
                "tickvals": ticks,
                "ticktext": [f"{tick:g}" for tick in ticks],
            },
            yaxis={"title": "ImageNet-1K top-1 (%)", "zeroline": False},
            hovermode="closest",
            hoverlabel={"align": "left"},
            legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "traceorder": "reversed"},
            dragmode="pan",
        )
    )
    for group in reversed(GROUPS):
        figure.add_trace(_dots(view, group, theme))
    figure.add_trace(_line(view, theme))
    return figure


def _ends(view: PublishedView) -> tuple[float, float]:
    """Exponents of ten between which all of it lies, with some room."""
    seen = [math.log10(cost) for cost in (view.here, *(dot.cost for dot in view.dots)) if cost > 0]
    return min(seen) - 0.1, max(seen) + 0.1


def _dots(view: PublishedView, group: str, theme: Theme) -> go.Scatter:
    dots = [dot for dot in view.dots if dot.group == group]
    look = {"color": theme.variant, "size": 9} if group.startswith("MOAT") else {"color": GREY, "size": 7}
    return go.Scatter(
        name=group,
        x=[dot.cost for dot in dots],
        y=[dot.top1 for dot in dots],
        mode="markers",
        marker=look | {"symbol": "circle-open" if "22K" in group else "circle"},
        hovertext=["<br>".join(map(for_plotly, dot.hover)) for dot in dots],
        hoverinfo="text",
    )


def _line(view: PublishedView, theme: Theme) -> go.Scatter:
    tops = [dot.top1 for dot in view.dots] or [0.0, 100.0]
    return go.Scatter(
        name="this network, top-1 unknown",
        x=[view.here, view.here],
        y=[min(tops) - 1, max(tops) + 1],
        mode="lines",
        line={"color": theme.baseline, "width": 2, "dash": "dash"},
        hovertext=f"this network: {view.here:.3g}, top-1 unknown",
        hoverinfo="text",
    )
