"""Top-1 against a cost: the points and the frontier of a figure, before it is drawn."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from moat_lab.metrics import METRICS, Metric
from moat_lab.report.units import unit

MOST_LABELS = 8
"""More labels than this overlap in one column of a paper."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScatterPoint:
    """A variant: cost in the axis' unit, score in percent; the interval is NaN with one seed.

    Args:
        is_peer: grey, beside those that the figure is about.
        is_hollow: a ring, not a disc: it had more than the others, such as more images.
        is_over: fainter than what is dominated: beyond a budget.
        is_pick: the one to take.
        is_start: what a search was told to start from, such as the rule of a paper.
    """

    label: str
    cost: float
    score: float
    low: float
    high: float
    on_frontier: bool
    is_baseline: bool
    is_labelled: bool
    is_peer: bool = False
    is_hollow: bool = False
    is_over: bool = False
    is_pick: bool = False
    is_start: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ScatterInfo:
    """All that the figure shows. `points` are the measured variants, cheapest first.

    Args:
        budget: the most that may be spent, in the axis' unit; what lies beyond it is shaded.
    """

    cost_label: str
    logarithmic: bool
    points: tuple[ScatterPoint, ...]
    score_label: str
    budget: float | None = None

    @property
    def steps(self) -> tuple[tuple[float, float], ...]:
        """Corners (cost, score) of the frontier: best score that a cost buys, from its cheapest point on."""
        corners: list[tuple[float, float]] = []
        for point in (point for point in self.points if point.on_frontier):
            corners += [(point.cost, corners[-1][1])] if corners else []
            corners.append((point.cost, point.score))
        return tuple(corners)


def scatter_info(table: pd.DataFrame, names: Mapping[str, str], cost: str, score: Metric) -> ScatterInfo:
    """The finished variants of `summary` or `search_summary`, in a unit that suits the most expensive.

    With more than 8 of them, only the frontier and the baseline have labels.
    """
    rows = table[table["score"].notna()].sort_values([cost, "score"], kind="stable").to_dict("records")
    of = unit(cost, [row[cost] for row in rows])
    crowded = len(rows) > MOST_LABELS
    points = tuple(
        scatter_point(
            row, names, row[cost] / of.factor, on_frontier=_is_on_frontier(row, cost), crowded=crowded
        )
        for row in rows
    )
    logarithmic = METRICS[cost].is_logarithmic([point.cost for point in points])
    return ScatterInfo(cost_label=of.axis, score_label=score.axis, logarithmic=logarithmic, points=points)


def _is_on_frontier(row: Mapping[Any, Any], cost: str) -> bool:
    """A search has one frontier, of its objectives; other studies have one for each cost."""
    return bool(row["on_frontier"] if "on_frontier" in row else row[f"frontier_{cost}"])


def scatter_point(
    row: Mapping[Any, Any], names: Mapping[str, str], cost: float, *, on_frontier: bool, crowded: bool
) -> ScatterPoint:
    """A row of the summary as a point; among many, only the frontier and the baseline have labels."""
    is_baseline = row.get("verdict") == "baseline"
    return ScatterPoint(
        label=names[row["key"]],
        cost=cost,
        score=100 * row["score"],
        low=100 * row["score_low"],
        high=100 * row["score_high"],
        on_frontier=on_frontier,
        is_baseline=is_baseline,
        is_labelled=on_frontier or is_baseline or not crowded,
    )
