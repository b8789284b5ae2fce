"""Published models, and where the cost of a network lies among them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from dashboards.charts import for_plotly
from dashboards.colours import Theme
from dashboards.frontier.plot_area import log_ticks
from moat_lab.lookup import shipped
from moat_lab.report.style import GREY

PUBLISHED = shipped() / "results" / "published" / "imagenet1k.csv"
AXES = {"macs": ("gmacs", "cost (GMACs)", 1e9), "params": ("params_m", "parameters (M)", 1e6)}
"""Cost -> column of the file, title of the axis, factor."""
GROUPS = ("MOAT", "other families", "MOAT, ImageNet-22K first", "other families, ImageNet-22K first")
HEIGHT = 380
_NEAR = 1.15
_COLUMNS = [
    "family",
    "model",
    "train_data",
    "resolution",
    "params_m",
    "gmacs",
    "top1_percent",
    "source",
    "note",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A published model: cost in the axis' unit, top-1 in percent; `hover` are lines of plain text."""

    cost: float
    score: float
    group: str
    hover: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedView:
    """The models; `here` is the network's cost, `words` compare it with the models."""

    axis: str
    here: float
    dots: tuple[Dot, ...]
    words: str


def published_models(path: Path = PUBLISHED) -> pd.DataFrame:
    """The file as a table; without rows where there is none."""
    if not path.is_file():
        return pd.DataFrame(columns=_COLUMNS)
    return pd.read_csv(path, keep_default_na=False, na_values={"params_m": [""], "gmacs": [""]})


def published_view(models: pd.DataFrame, amount: float, *, cost: str) -> PublishedView:
    """`amount` is a network's cost; `cost` is one of AXES."""
    column, axis, factor = AXES[cost]
    reported = models[models[column].notna() & models["top1_percent"].notna()]
    here = amount / factor
    return PublishedView(
        axis=axis,
        here=here,
        dots=tuple(
            Dot(cost=row[column], score=row["top1_percent"], group=_group(row), hover=hover_lines(row))
            for row in reported.to_dict("records")
        ),
        words=_words(reported[reported["train_data"] == "in1k"], here, column),
    )


def _group(row: dict[object, object]) -> str:
    """One of GROUPS."""
    return GROUPS[2 * (row["train_data"] != "in1k") + ("MOAT" not in str(row["family"]))]


def hover_lines(row: Mapping[Any, Any], column: str = "top1_percent") -> tuple[str, ...]:
    """The hover text of a row of a file, whose score is in the column, percent."""
    data = "ImageNet-1K" if row["train_data"] == "in1k" else "ImageNet-22K first"
    costs = {"M params": row["params_m"], "GMACs": row["gmacs"]}
    amounts = [f"{amount} {unit}" for unit, amount in costs.items() if not pd.isna(amount)]
    return (
        str(row["model"]),
        ", ".join([*amounts, f"{row[column]} %"]),
        f"{row['setting'] if 'setting' in row else str(row['resolution']) + ' px'}, {data}",
        *(str(row[name]) for name in ("source", "note") if row[name]),
    )


def _words(models: pd.DataFrame, here: float, column: str) -> str:
    """Among those trained on ImageNet-1K alone: the best that costs no more, and those of about this cost."""
    below = models[models[column] <= here]
    if not len(below):
        return f"None of the {len(models)} models trained on ImageNet-1K alone costs as little."
    best = below.sort_values("top1_percent").iloc[-1]
    near = models[models[column].between(here / _NEAR, here * _NEAR)]["top1_percent"]
    neighbours = (
        f" The {len(near)} within 15 % of this cost reach {near.min():.1f} to {near.max():.1f} %."
        if len(near) > 1
        else ""
    )
    return (
        f"Of {len(models)} models trained on ImageNet-1K alone, {len(below)} cost no more; the best of them "
        f"is {best['model']} at {best['resolution']} px with {best['top1_percent']:.1f} %.{neighbours}"
    )


def published_figure(view: PublishedView, theme: Theme) -> go.Figure:
    """Published top-1 against cost, and a vertical line at the network, whose top-1 is unknown."""
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
    """The range of the logarithmic axis: exponents of ten, with some room."""
    exponents = [math.log10(cost) for cost in (view.here, *(dot.cost for dot in view.dots)) if cost > 0]
    return min(exponents) - 0.1, max(exponents) + 0.1


def _dots(view: PublishedView, group: str, theme: Theme) -> go.Scatter:
    dots = [dot for dot in view.dots if dot.group == group]
    marker = {"color": theme.variant, "size": 9} if group.startswith("MOAT") else {"color": GREY, "size": 7}
    return go.Scatter(
        name=group,
        x=[dot.cost for dot in dots],
        y=[dot.score for dot in dots],
        mode="markers",
        marker=marker | {"symbol": "circle-open" if "22K" in group else "circle"},
        hovertext=["<br>".join(map(for_plotly, dot.hover)) for dot in dots],
        hoverinfo="text",
    )


def _line(view: PublishedView, theme: Theme) -> go.Scatter:
    tops = [dot.score for dot in view.dots] or [0.0, 100.0]
    return go.Scatter(
        name="this network, top-1 unknown",
        x=[view.here, view.here],
        y=[min(tops) - 1, max(tops) + 1],
        mode="lines",
        line={"color": theme.baseline, "width": 2, "dash": "dash"},
        hovertext=f"this network: {view.here:.3g}, top-1 unknown",
        hoverinfo="text",
    )
