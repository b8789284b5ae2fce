"""Top-1 against a cost: all that the chart shows, before it is drawn."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from dashboards.costs import amount_of, costs_of, unit
from dashboards.frontier.colouring import Colouring, value_text
from dashboards.study import names_of
from moat_lab.analysis import pareto_front
from moat_lab.metrics import METRICS
from moat_lab.records import Plan
from moat_lab.report.scatter import MOST_LABELS, ScatterInfo, scatter_point
from moat_lab.report.units import count, percent, points

SCALES = ("auto", "linear", "log")
_MANY = 500
"""From more networks on, the hover text of dominated ones has no network: the page would be too large."""
CLOUD_FROM = 1000
"""From more points on, dominated ones have no texts and bars: those would take seconds to send."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cloud:
    """(N,) costs in the axis' unit, scores in percent, keys."""

    costs: npt.NDArray[np.float64]
    score: npt.NDArray[np.float64]
    keys: tuple[str, ...]

    @property
    def corners(self) -> tuple[tuple[float, float], ...]:
        """Lowest cost and score, highest cost and score, for the ranges of the axes."""
        return tuple((float(end(self.costs)), float(end(self.score))) for end in (np.min, np.max))


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontierView:
    """The finished variants, cheapest first. `keys` and `hovers` belong to the points of `scatter`.

    Args:
        hovers: lines to show at a point; plain text.
        factor: of the axis: a cost is divided by it.
        cloud: the dominated ones, where they are too many to be points of `scatter`.
        colouring: what colours all points; None where colours say what a point is.
    """

    scatter: ScatterInfo
    keys: tuple[str, ...]
    hovers: tuple[tuple[str, ...], ...]
    factor: float
    cloud: Cloud | None = None
    colouring: Colouring | None = None


def frontier_view(plan: Plan, table: pd.DataFrame, *, cost: str, scale: str) -> FrontierView:
    """The finished variants of `analysis.summary`; `cost` is one of `costs_of`, `scale` one of SCALES.

    With more than 8 of them, only the frontier and the baseline are named. Points of a search are named by
    trial, and have bars from three seeds on: Student's t multiplies the spread of two by nine.
    """
    measured, names = _measured(table, cost), names_of(plan)
    alone, crowd = _split(measured, plan.baseline)
    rows = alone.to_dict("records")
    marks = {v.key: str(i) for i, v in enumerate(plan.variants, 1)} if plan.search else names
    by, crowded = unit(cost, table[cost]), len(measured) > MOST_LABELS
    scatter = ScatterInfo(
        cost_label=by.axis,
        score_label=plan.task.metric.axis,
        logarithmic=logarithmic(scale, cost, measured[cost].tolist()),
        points=tuple(
            scatter_point(
                _with_bars(row, plan),
                marks,
                row[cost] / by.factor,
                on_frontier=bool(row["on_frontier"]),
                crowded=crowded,
            )
            for row in rows
        ),
    )
    return FrontierView(
        scatter=scatter,
        keys=tuple(row["key"] for row in rows),
        hovers=tuple(
            _hover(row, names, plan, costs_of(table), brief=_is_one_of_many(row, len(rows))) for row in rows
        ),
        factor=by.factor,
        cloud=_cloud(crowd, cost, by.factor),
    )


def coloured(view: FrontierView, by: Colouring) -> FrontierView:
    """The view with its points coloured, and the value of each in its hover text."""
    hovers = tuple(
        (*hover, f"{by.title}: {value_text(by, key)}")
        for key, hover in zip(view.keys, view.hovers, strict=True)
    )
    return replace(view, hovers=hovers, colouring=by)


def _with_bars(row: Mapping[Any, Any], plan: Plan) -> Mapping[Any, Any]:
    """The row, without the interval where a search has fewer than three seeds."""
    few = plan.search is not None and row["seeds"] < 3
    return {**row, "score_low": math.nan, "score_high": math.nan} if few else row


def _measured(table: pd.DataFrame, cost: str) -> pd.DataFrame:
    rows = table[table["score"].notna() & table[cost].notna()]
    rows = rows.assign(on_frontier=pareto_front(rows[cost], rows["score"]))
    return rows.sort_values([cost, "score"], kind="stable")


def logarithmic(scale: str, cost: str, values: list[float]) -> bool:
    """Whether the axis of a cost is logarithmic: never with a cost of zero; `values` rise."""
    if scale == "auto":
        return METRICS[cost].is_logarithmic(values)
    return scale == "log" and len(values) > 0 and values[0] > 0


def _is_one_of_many(row: Mapping[Any, Any], rows: int) -> bool:
    return rows > _MANY and not row["on_frontier"]


def _hover(
    row: Mapping[Any, Any], names: Mapping[str, str], plan: Plan, costs: Mapping[str, str], *, brief: bool
) -> tuple[str, ...]:
    """The label, the network stage by stage unless `brief`, and its numbers."""
    stages = [] if brief else row["network"].split(" | ")
    failed = f", {row['failed']} failed" if row["failed"] else ""
    return (
        names[row["key"]],
        *(f"{stage} |" for stage in stages[:-1]),
        *stages[-1:],
        ", ".join(amount_of(row[cost], cost) for cost in costs if not pd.isna(row[cost])),
        f"{plan.task.metric.title} {percent(row['score'], row['score_low'], row['score_high'])} %",
        f"{row['seeds']} of {count(len(plan.seeds), 'seed')}{failed}",
        _effect(row),
    )


def _effect(row: Mapping[Any, Any]) -> str:
    if pd.isna(row["effect"]):
        return str(row["verdict"])
    effect = points(row["effect"], row["effect_low"], row["effect_high"])
    return f"against the baseline {effect} points: {row['verdict']}"


def _split(rows: pd.DataFrame, baseline: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows drawn one by one, and those of the cloud: dominated ones, if there are very many."""
    alone = rows["on_frontier"] | (rows["key"] == baseline) | (len(rows) <= CLOUD_FROM)
    return rows[alone], rows[~alone]


def _cloud(rows: pd.DataFrame, cost: str, factor: float) -> Cloud | None:
    """None where there are no rows."""
    if rows.empty:
        return None
    costs, score = (rows[name].to_numpy(dtype=np.float64) for name in (cost, "score"))
    return Cloud(costs=costs / factor, score=100 * score, keys=tuple(rows["key"]))
