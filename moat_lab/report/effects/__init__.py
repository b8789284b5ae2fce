"""Effects against the baseline: the rows of a forest plot, before it is drawn."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from moat_lab.records import Plan
from moat_lab.report.names import labels, names_by_reading, varying_factors

_SHORT = 20
"""Characters of a baseline's name that the axis has room for."""
_REACH = 8
"""Intervals are drawn up to this many usual half-widths beyond the outermost effect; longer ones are cut,
as Student's of two seeds may be.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """One variant in one reading, points of the score; low and high are NaN with one seed."""

    reading: str
    effect: float
    low: float
    high: float
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectsInfo:
    """All that the figure shows.

    Attributes:
        score: what is compared, such as top-1.
        against: what the effects are measured from.
        rows: variant, in the plan's order -> its effect in each reading that holds it.
        readings: those with an effect.
        margin: points; None where none was stated.
        left, right: the view; an interval that goes further is cut.
    """

    score: str
    against: str
    rows: dict[str, tuple[Effect, ...]]
    readings: tuple[str, ...]
    margin: float | None
    left: float
    right: float


def effects_info(plan: Plan, table: pd.DataFrame) -> EffectsInfo:
    """The effects of `analysis.summary`, as written and at the same cost beside each other."""
    tested = {str(row["key"]): row for row in table.to_dict("records") if row["effect"] == row["effect"]}
    effect_rows = [
        (name, reading, tested[key])
        for reading, keys in names_by_reading(plan).items()
        for name, key in keys.items()
        if key in tested
    ]
    return effects_info_of_rows(plan, effect_rows, against=_against(plan))


def effects_info_of_rows(
    plan: Plan, effect_rows: Iterable[tuple[str, str, Mapping[Any, Any]]], *, against: str
) -> EffectsInfo:
    """From a name, a reading, and a row with effect, effect_low, effect_high (fractions) and verdict."""
    rows: dict[str, tuple[Effect, ...]] = {}
    for name, reading, row in effect_rows:
        points = [100 * row[column] for column in ("effect", "effect_low", "effect_high")]
        rows[name] = (*rows.get(name, ()), _effect(reading, points, str(row["verdict"])))
    margin = None if plan.margin is None else 100 * plan.margin
    effects = [effect for row in rows.values() for effect in row]
    left, right = _view(effects, margin or 0.0)
    return EffectsInfo(
        score=plan.task.metric.title if plan.success is None else "the share that learned",
        against=against,
        rows=rows,
        readings=tuple(cost for cost in plan.match if any(e.reading == cost for e in effects)),
        margin=margin,
        left=left,
        right=right,
    )


def _effect(reading: str, points: Sequence[float], verdict: str) -> Effect:
    effect, low, high = points
    return Effect(reading=reading, effect=effect, low=low, high=high, verdict=verdict)


def _against(plan: Plan) -> str:
    name = labels(plan).get(plan.baseline, "")
    return name if len(varying_factors(plan)) == 1 and len(name) <= _SHORT else "the baseline"


def _view(effects: Iterable[Effect], margin: float) -> tuple[float, float]:
    """Room for all effects, zero and the margin, and for intervals as far as they are not far longer."""
    means = [0.0, margin, -margin, *(e.effect for e in effects)]
    bounded = [e for e in effects if e.low == e.low]
    usual = statistics.median_low((e.high - e.low) / 2 for e in bounded) if bounded else 0.0
    first, last = min(means), max(means)
    beyond = max(_REACH * usual, (last - first) / 2)
    low = max(first - beyond, min([first, *(e.low for e in bounded)]))
    high = min(last + beyond, max([last, *(e.high for e in bounded)]))
    room = 0.05 * (high - low) or 1.0
    return low - room, high + room
