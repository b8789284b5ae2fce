"""The drawing of a network: a column for each stage, as tall as its map, its blocks side by side."""

import math
from collections.abc import Sequence
from itertools import chain

import plotly.graph_objects as go

from dashboards.ink import Ink
from dashboards.kinds import colour, legends
from dashboards.stages_view import StageDrawing
from dashboards.text import for_plotly
from moat_lab.report.names import wrapped

COLUMNS, LINE = 150, 16
"""Pixels: of the tallest column, and of a line of text below."""
_GAP, _BETWEEN = 0.1, 0.12
"""Room beside a column, of its width; and between two blocks, of a block's width."""
_CHARACTERS, _WIDEST, _NARROWEST = 160, 24, 10
"""Of all columns side by side on a usual screen; of a line in one column, at most and at least."""


def stages_figure(drawings: Sequence[StageDrawing], ink: Ink) -> go.Figure:
    """Layers are coloured by kind; a column's height is the logarithm of its map's side."""
    figure = go.Figure(layout=_layout(drawings))
    slices = list(chain.from_iterable(_slices(i, drawing) for i, drawing in enumerate(drawings)))
    for kind, legend in legends(list(dict.fromkeys(kind for kind, *_ in slices))).items():
        chosen = [rest for known, *rest in slices if known == kind]
        x, width, height, hover = zip(*chosen, strict=True)
        figure.add_trace(
            go.Bar(
                **legend,
                x=x,
                y=height,
                base=[-one / 2 for one in height],
                width=width,
                marker={"color": colour(kind, ink), "line": {"width": 0}},
                hovertext=hover,
                hoverinfo="text",
            )
        )
    return figure


def _layout(drawings: Sequence[StageDrawing]) -> go.Layout:
    tallest = max(_height(drawing) for drawing in drawings)
    texts = LINE * (2 + max(len(_text(drawing, len(drawings))) for drawing in drawings))
    return go.Layout(
        height=36 + COLUMNS + texts,
        margin={"l": 8, "r": 8, "t": 36, "b": 0},
        barmode="overlay",
        hovermode="closest",
        hoverlabel={"align": "left"},
        legend={"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        showlegend=True,
        dragmode=False,
        xaxis={"visible": False, "range": [-0.5, len(drawings) - 0.5], "fixedrange": True},
        yaxis={
            "visible": False,
            "range": [-tallest * (0.5 + texts / COLUMNS), 0.5 * tallest],
            "fixedrange": True,
        },
        annotations=[
            _label(i, len(drawings), drawing, -0.53 * tallest) for i, drawing in enumerate(drawings)
        ],
    )


def _height(drawing: StageDrawing) -> float:
    return 1 + math.log2(max(1, drawing.output.height))


def _slices(place: int, drawing: StageDrawing) -> list[tuple[str, float, float, float, str]]:
    """Kind, middle, width, height and hover of each layer of the column around `place`."""
    each = (1 - 2 * _GAP) / max(4, len(drawing.blocks))
    start = place - each * len(drawing.blocks) / 2
    found = []
    for i, block in enumerate(drawing.blocks):
        width = each * (1 - _BETWEEN) / len(block)
        for j, layer in enumerate(block):
            middle = start + i * each + (j + 0.5) * width
            hover = "<br>".join(map(for_plotly, layer.hover))
            found.append((layer.kind, middle, width, _height(drawing), hover))
    return found


def _label(place: int, of: int, drawing: StageDrawing, top: float) -> dict[str, object]:
    lines = map(for_plotly, _text(drawing, of))
    return {
        "text": "<br>".join([f"<b>{for_plotly(drawing.name)}</b>", *lines]),
        "x": place,
        "y": top,
        "yanchor": "top",
        "showarrow": False,
        "font": {"size": 12},
    }


def _text(drawing: StageDrawing, columns: int) -> list[str]:
    """Its lines, broken to the width of one of so many columns."""
    characters = min(_WIDEST, max(_NARROWEST, _CHARACTERS // columns))
    return [line for text in drawing.lines for line in wrapped(text, characters).split("\n")]
