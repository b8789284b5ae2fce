"""A network drawn as stages: a column for each, as tall as its map, its blocks side by side."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import plotly.graph_objects as go

from dashboards.architecture.layers import LayerCost
from dashboards.charts import for_plotly
from dashboards.colours import Theme
from dashboards.kinds import colour, legends
from moat_lab.blocks.attn import Attn
from moat_lab.blocks.options import value_text
from moat_lab.grammar import Network, Stage
from moat_lab.ops import Shape
from moat_lab.report.names import wrapped
from moat_lab.report.units import si


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """A layer in the drawing; `hover` are its lines of plain text."""

    kind: str
    hover: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageDrawing:
    """Stem, a stage, or head.

    Args:
        blocks: each block its layers in order; downsampling, stem and head are blocks of one slice.
        lines: the text below it.
    """

    name: str
    output: Shape
    blocks: tuple[tuple[Slice, ...], ...]
    lines: tuple[str, ...]


def stage_drawings(network: Network, layers: Sequence[LayerCost]) -> tuple[StageDrawing, ...]:
    """In running order; `layers` are those of the network's cost, which have the maps."""
    parts = dict.fromkeys(layer.part for layer in layers)
    return tuple(_drawing(network, part, [row for row in layers if row.part == part]) for part in parts)


def _drawing(network: Network, part: str, rows: list[LayerCost]) -> StageDrawing:
    blocks = dict.fromkeys(row.block for row in rows)
    return StageDrawing(
        name=part,
        output=rows[-1].output,
        blocks=tuple(tuple(_slice(row) for row in rows if row.block == block) for block in blocks),
        lines=tuple(_lines(network, part, rows[-1].output)),
    )


def _slice(row: LayerCost) -> Slice:
    numbers = f"{si(row.count.params)} params, {si(row.count.macs)} MACs"
    return Slice(kind=row.kind, hover=(row.name, numbers, f"output {row.output}"))


def _lines(network: Network, part: str, output: Shape) -> list[str]:
    if part == "head":
        return [f"{output.channels} outputs"]
    map_size = f"{output.height} x {output.width} px"
    if part == "stem":
        return [map_size, f"width {output.channels}"]
    stage = network.stages[int(part.removeprefix("stage ")) - 1]
    groups = [str(group.text()) for group in stage.groups]
    return [map_size, f"width {stage.width}", *groups, *_windows(stage)]


def _windows(stage: Stage) -> list[str]:
    """The windows of the attention layers of a stage, each once."""
    layers = [layer for group in stage.groups for layer in group.block if isinstance(layer, Attn)]
    return list(dict.fromkeys(_window(layer) for layer in layers))


def _window(layer: Attn) -> str:
    if layer.grid != "none":
        return f"over a grid of {value_text(layer.grid)}"
    return "over the whole map" if layer.window == "global" else f"in windows of {value_text(layer.window)}"


COLUMNS, LINE = 150, 16
"""Pixels: of the tallest column, and of a line of text below."""
_GAP, _BETWEEN = 0.1, 0.12
"""Room beside a column, of its width; and between two blocks, of a block's width."""
_CHARACTERS, _WIDEST, _NARROWEST = 160, 24, 10
"""Of all columns side by side on a usual screen; of a line in one column, at most and at least."""


def stages_figure(drawings: Sequence[StageDrawing], theme: Theme) -> go.Figure:
    """Layers are coloured by kind; a column's height is the logarithm of its map's side."""
    figure = go.Figure(layout=_layout(drawings))
    slices = list(chain.from_iterable(_slices(i, drawing) for i, drawing in enumerate(drawings)))
    for kind, legend in legends(list(dict.fromkeys(kind for kind, *_ in slices))).items():
        chosen = [rest for other, *rest in slices if other == kind]
        x, width, height, hover = zip(*chosen, strict=True)
        figure.add_trace(
            go.Bar(
                **legend,
                x=x,
                y=height,
                base=[-one / 2 for one in height],
                width=width,
                marker={"color": colour(kind, theme), "line": {"width": 0}},
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
    slices = []
    for i, block in enumerate(drawing.blocks):
        width = each * (1 - _BETWEEN) / len(block)
        for j, layer in enumerate(block):
            middle = start + i * each + (j + 0.5) * width
            hover = "<br>".join(map(for_plotly, layer.hover))
            slices.append((layer.kind, middle, width, _height(drawing), hover))
    return slices


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
