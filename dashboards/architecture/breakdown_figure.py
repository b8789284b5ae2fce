"""The chart of a `Breakdown`."""

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from dashboards.architecture.breakdown_view import Bar, Breakdown
from dashboards.colours import Theme
from dashboards.kinds import colour, legends
from dashboards.text import for_plotly

HEIGHT = 320


def breakdown_figure(view: Breakdown, theme: Theme) -> go.Figure:
    """A bar for each part in running order, divided and coloured by kind of layer."""
    figure = go.Figure(
        layout=go.Layout(
            height=HEIGHT,
            margin={"l": 56, "r": 12, "t": 36, "b": 40},
            barmode="stack",
            bargap=0.15,
            hovermode="closest",
            hoverlabel={"align": "left"},
            legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom", "traceorder": "normal"},
            showlegend=True,
            dragmode=False,
            xaxis={"tickvals": list(view.parts.values()), "ticktext": list(view.parts), "showgrid": False},
            yaxis={"title": view.unit.axis, "fixedrange": True},
        )
    )
    for kind, legend in legends(view.kinds).items():
        figure.add_trace(_trace(view, kind, legend, theme))
    return figure


def _trace(view: Breakdown, kind: str, legend: Mapping[str, Any], theme: Theme) -> go.Bar:
    chosen = [(i, bar) for i, bar in enumerate(view.bars) if kind in bar.amounts]
    return go.Bar(
        **legend,
        x=[i for i, _ in chosen],
        y=[bar.amounts[kind] for _, bar in chosen],
        marker={"color": colour(kind, theme), "line": {"width": 0}},
        hovertext=[_hover(bar, kind, view) for _, bar in chosen],
        hoverinfo="text",
    )


def _hover(bar: Bar, kind: str, view: Breakdown) -> str:
    lines = [
        f"<b>{for_plotly(bar.name)}</b>",
        f"{bar.total:.3g} {view.unit.header}, {100 * bar.share:.1f} %",
        *([f"of it {kind}: {bar.amounts[kind]:.3g}"] if len(bar.amounts) > 1 else []),
        f"output {bar.output}",
    ]
    return "<br>".join(lines)
