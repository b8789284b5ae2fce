"""The learning curve of one training: top-1 and losses by epoch."""

import math
from collections.abc import Sequence

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from dashboards.colours import Theme
from moat_lab.records import Epoch
from moat_lab.report.style import GREY

HEIGHT = 320


def curve_figure(curve: Sequence[Epoch], theme: Theme) -> go.Figure:
    """Left the top-1 on val in percent, right the losses of train and val; a gap where one is not finite."""
    figure = make_subplots(rows=1, cols=2, horizontal_spacing=0.1)
    lines = (
        ("top-1 on val", [100 * point.top1 for point in curve], theme.variant, 1),
        ("train loss", [point.train_loss for point in curve], GREY, 2),
        ("val loss", [point.val_loss for point in curve], theme.variant, 2),
    )
    for name, values, colour, column in lines:
        figure.add_trace(_line(name, curve, values, colour), row=1, col=column)
    figure.update_layout(
        height=HEIGHT,
        margin={"l": 56, "r": 12, "t": 36, "b": 52},
        hovermode="x",
        dragmode=False,
        legend={"orientation": "h", "x": 0.55, "y": 1.02, "yanchor": "bottom"},
    )
    figure.update_xaxes(title="epoch", fixedrange=True)
    figure.update_yaxes(fixedrange=True, zeroline=False)
    figure.update_yaxes(title="top-1 (%)", col=1)
    figure.update_yaxes(title="loss", col=2)
    return figure


def _line(name: str, curve: Sequence[Epoch], values: Sequence[float], colour: str) -> go.Scatter:
    return go.Scatter(
        name=name,
        showlegend=name.endswith("loss"),
        x=[point.epoch for point in curve],
        y=[value if math.isfinite(value) else None for value in values],
        mode="lines+markers",
        line={"color": colour, "width": 2},
        marker={"size": 6},
        hovertemplate="%{y:.3g}",
    )
