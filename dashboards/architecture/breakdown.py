"""Where a network's cost arises: a bar for each stage, block or layer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboards.architecture.layers import LayerCost
from dashboards.charts import for_plotly
from dashboards.colours import Theme
from dashboards.costs import ADDED_UP, Unit, countable, unit
from dashboards.kinds import colour, legends

LEVELS = ("stage", "block", "layer")
HEIGHT = 320


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A part of the network; `amounts` is layer kind -> how much of the cost it adds, in the unit."""

    name: str
    part: str
    output: str
    amounts: Mapping[str, float]
    share: float

    @property
    def total(self) -> float:
        return sum(self.amounts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """Bars in running order; their totals add up to the cost."""

    unit: Unit
    bars: tuple[Bar, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        """Of all bars, in the order in which they first occur."""
        return tuple(dict.fromkeys(kind for bar in self.bars for kind in bar.amounts))

    @property
    def parts(self) -> dict[str, float]:
        """Stem, stages, head -> the middle of their bars, counted from 0."""
        positions: dict[str, list[int]] = {}
        for i, bar in enumerate(self.bars):
            positions.setdefault(bar.part, []).append(i)
        return {part: (at[0] + at[-1]) / 2 for part, at in positions.items()}


def cost_breakdown(layers: Sequence[LayerCost], *, cost: str, by: str) -> Breakdown:
    """`cost` is one of ADDED_UP, `by` one of LEVELS."""
    groups = _groups(layers, by)
    totals = {name: _total(rows, cost) for name, rows in groups.items()}
    of, total = unit(cost, totals.values()), max(1, sum(totals.values()))
    bars = tuple(
        Bar(
            name=name,
            part=rows[0].part,
            output=_size(rows[-1]),
            amounts=_amounts(rows, cost, of.factor),
            share=totals[name] / total,
        )
        for name, rows in groups.items()
    )
    return Breakdown(unit=of, bars=bars)


def breakdown_table(layers: Sequence[LayerCost], *, by: str) -> pd.DataFrame:
    """Name, output, every cost in full, and the share of all MACs in percent."""
    macs = max(1, _total(layers, "macs"))
    return pd.DataFrame(
        {"part": name, "output": _size(rows[-1])}
        | {cost: countable(_total(rows, cost)) for cost in ADDED_UP}
        | {"share": 100 * _total(rows, "macs") / macs}
        for name, rows in _groups(layers, by).items()
    )


def _groups(layers: Sequence[LayerCost], by: str) -> dict[str, list[LayerCost]]:
    groups: dict[str, list[LayerCost]] = {}
    for layer in layers:
        groups.setdefault(_name(layer, by), []).append(layer)
    return groups


def _name(layer: LayerCost, by: str) -> str:
    if by == "stage":
        return layer.part
    return f"{layer.part} block {layer.block}" if by == "block" and layer.block else layer.name


def _total(rows: Sequence[LayerCost], cost: str) -> int:
    return sum(int(getattr(row.count, cost)) for row in rows)


def _amounts(rows: Sequence[LayerCost], cost: str, factor: float) -> dict[str, float]:
    kinds = dict.fromkeys(row.kind for row in rows)
    return {kind: _total([row for row in rows if row.kind == kind], cost) / factor for kind in kinds}


def _size(row: LayerCost) -> str:
    return f"{row.output.height}x{row.output.width}, {row.output.channels} wide"


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
