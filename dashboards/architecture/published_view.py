"""Published models, and where a cost stands among them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from moat_lab.lookup import shipped

PUBLISHED = shipped() / "results" / "published" / "imagenet1k.csv"
AXES = {"macs": ("gmacs", "cost (GMACs)", 1e9), "params": ("params_m", "parameters (M)", 1e6)}
"""Cost -> column of the file, title of the axis, factor."""
GROUPS = ("MOAT", "other families", "MOAT, ImageNet-22K first", "other families, ImageNet-22K first")
_NEAR = 1.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A published model: cost in the axis' unit, top-1 in percent; `hover` are lines of plain text."""

    cost: float
    top1: float
    group: str
    hover: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedView:
    """The models; `here` is the cost whose place is asked for, `words` what can be said of it."""

    axis: str
    here: float
    dots: tuple[Dot, ...]
    words: str


def published_models(path: Path = PUBLISHED) -> pd.DataFrame:
    """The file as a table; without rows where there is none."""
    if not path.is_file():
        return pd.DataFrame(
            columns=[
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
        )
    return pd.read_csv(path, keep_default_na=False, na_values={"params_m": [""], "gmacs": [""]})


def published_view(models: pd.DataFrame, amount: float, *, cost: str) -> PublishedView:
    """`amount` is a network's cost; `cost` is one of AXES."""
    column, axis, factor = AXES[cost]
    known = models[models[column].notna() & models["top1_percent"].notna()]
    rows = known.to_dict("records")
    here = amount / factor
    return PublishedView(
        axis=axis,
        here=here,
        dots=tuple(
            Dot(cost=row[column], top1=row["top1_percent"], group=_group(row), hover=hover_lines(row))
            for row in rows
        ),
        words=_words(known[known["train_data"] == "in1k"], here, column),
    )


def _group(row: dict[object, object]) -> str:
    """One of GROUPS."""
    return GROUPS[2 * (row["train_data"] != "in1k") + ("MOAT" not in str(row["family"]))]


def hover_lines(row: Mapping[Any, Any]) -> tuple[str, ...]:
    """What is said where one points at a row of the file."""
    data = "ImageNet-1K" if row["train_data"] == "in1k" else "ImageNet-22K first"
    return (
        str(row["model"]),
        f"{row['params_m']} M params, {row['gmacs']} GMACs, {row['top1_percent']} %",
        f"{row['resolution']} px, {data}",
        *(str(row[name]) for name in ("source", "note") if row[name]),
    )


def _words(models: pd.DataFrame, here: float, column: str) -> str:
    """Of those trained on ImageNet-1K alone: the best that costs no more, and what stands beside it."""
    below = models[models[column] <= here]
    if not len(below):
        return f"None of the {len(models)} models trained on ImageNet-1K alone costs as little."
    best = below.sort_values("top1_percent").iloc[-1]
    near = models[models[column].between(here / _NEAR, here * _NEAR)]["top1_percent"]
    beside = (
        f" The {len(near)} within 15 % of this cost reach {near.min():.1f} to {near.max():.1f} %."
        if len(near) > 1
        else ""
    )
    return (
        f"Of {len(models)} models trained on ImageNet-1K alone, {len(below)} cost no more; the best of them "
        f"is {best['model']} at {best['resolution']} px with {best['top1_percent']:.1f} %.{beside}"
    )
