"""Published models as a frontier: the file's rows as the table, the points and the pick of one."""

import math
import re
from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from dashboards.costs import amount_of, unit
from dashboards.frontier_view import FrontierView, logarithmic
from dashboards.published_view import hover_lines
from moat_lab.analysis import Pick, pareto_front
from moat_lab.grammar import ZOO
from moat_lab.report.scatter import ScatterInfo, ScatterPoint

COSTS = {"macs": "MACs", "params": "parameters"}
"""What the file reports of every model."""
DATA = {"in1k": "ImageNet-1K alone", "in22k+in1k": "ImageNet-22K first"}
_USUAL = 224
"""The resolution that a label leaves out."""
_SIZES = {"_t": "_tiny", "_ti": "_tiny", "_s": "_small", "_b": "_base"}


def published_table(models: pd.DataFrame) -> pd.DataFrame:
    """The file's columns and those of `pick_network`: key, network (its name), costs, top1 as a fraction."""
    names = [f"{_short(row['model'])} {row['resolution']}px" for row in models.to_dict("records")]
    return models.assign(
        key=[_key(row) for row in models.to_dict("records")],
        network=names,
        params=1e6 * models["params_m"].astype("float64"),
        macs=1e9 * models["gmacs"].astype("float64"),
        top1=models["top1_percent"].astype("float64") / 100,
        top1_sd=math.nan,
        seeds=1,
    ).drop_duplicates("key")


def kept(table: pd.DataFrame, wanted: Mapping[str, Collection[str]]) -> pd.DataFrame:
    """The rows whose columns are, as text, among the wanted; where nothing is wanted of one, all are."""
    mask = pd.Series(True, table.index)
    for column, values in wanted.items():
        if values:
            mask &= table[column].astype(str).isin(list(values))
    return table[mask]


def published_frontier(table: pd.DataFrame, *, cost: str, scale: str) -> FrontierView:
    """Blue is MOAT, grey are its peers; hollow had more than ImageNet-1K. Only the frontier is named."""
    known = table[table[cost].notna() & table["top1"].notna()]
    known = known.assign(on_frontier=pareto_front(known[cost], known["top1"]))
    rows = known.sort_values([cost, "top1"], kind="stable").to_dict("records")
    by = unit(cost, known[cost])
    return FrontierView(
        scatter=ScatterInfo(
            cost_label=by.axis,
            score_label="ImageNet-1K top-1 (%)",
            logarithmic=logarithmic(scale, [row[cost] for row in rows]),
            points=tuple(_point(row, row[cost] / by.factor) for row in rows),
        ),
        keys=tuple(row["key"] for row in rows),
        hovers=tuple(hover_lines(row) for row in rows),
        factor=by.factor,
    )


def told(table: pd.DataFrame, chosen: Pick) -> str:
    """The model, what its source reports, and why it is the pick."""
    row = table[table["key"] == chosen.chosen].iloc[0]
    costs = ", ".join(amount_of(row[cost], cost) for cost in COSTS)
    models = "One model is" if chosen.competitors == 1 else f"Of {chosen.competitors} models"
    why = "under the budget: this one." if chosen.competitors == 1 else "under the budget the best."
    return (
        f"{row['network']}\ntop-1 {row['top1_percent']:.1f} %, {costs} ({row['source']})\n"
        f"{models} {why} Sources report no intervals, so near ones may be as good."
    )


def zoo_of(model: str) -> str | None:
    """The name in the ZOO of a model as its source calls it; None where the language has no text of it."""
    name = model.lower().replace("-", "_")
    for short, size in _SIZES.items():
        name = name.removesuffix(short) + size if name.endswith(short) else name
    return name if name in ZOO else None


def _short(model: str) -> str:
    """Without what a source says of it in brackets."""
    return re.sub(r" \[.*\]", "", model)


def _key(row: Mapping[Any, Any]) -> str:
    """Plain enough for an address."""
    said = f"{row['model']} {row['resolution']} {row['train_data']}"
    return re.sub(r"[^a-z0-9]+", "-", said.lower()).strip("-")


def _point(row: Mapping[Any, Any], cost: float) -> ScatterPoint:
    return ScatterPoint(
        label=str(row["network"]).removesuffix(f" {_USUAL}px").removesuffix("px"),
        cost=cost,
        top1=100 * row["top1"],
        low=math.nan,
        high=math.nan,
        on_frontier=bool(row["on_frontier"]),
        is_baseline=False,
        is_labelled=bool(row["on_frontier"]),
        is_peer="MOAT" not in str(row["family"]),
        is_hollow=row["train_data"] != "in1k",
    )
