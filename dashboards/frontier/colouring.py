"""What the points of the frontier may be coloured by: a column of their table, of numbers or of texts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboards.costs import costs_of, title, unit
from moat_lab.analysis.tables import SUMMARY, factor_columns
from moat_lab.metrics import COSTS, METRICS
from moat_lab.records import Plan

NO_COLUMN = ""
"""Colours say what a point is: a network, a peer, the baseline."""
MOST_LEVELS = 10
OTHERS = "others"
_OF_SEEDS = ("score_sd", "score_shrunken", "score_error")


@dataclass(frozen=True, slots=True, kw_only=True)
class ColourColumn:
    """A column that may be chosen.

    Args:
        title: with its unit, unless it is a cost.
        scale: numbers are multiplied by it: 100 for fractions that are shown in percent.
        cost: the metric that decides about unit and scale; empty for other columns.
    """

    title: str
    scale: float = 1.0
    cost: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Colouring:
    """The values that colour the points.

    Args:
        title: of the legend.
        values: key of a network -> number, or text; without those that have none.
        levels: the texts that have a colour of their own; empty for numbers.
        has_others: whether a network that is no baseline has another text.
        logarithmic: whether numbers are coloured by their logarithm.
    """

    title: str
    values: Mapping[Any, float | str]
    levels: tuple[str, ...] = ()
    logarithmic: bool = False
    has_others: bool = False


def study_columns(plan: Plan, table: pd.DataFrame) -> dict[str, ColourColumn]:
    """Column -> what it is called, of those that a study's finished networks have."""
    columns = {
        "score": ColourColumn(title=plan.task.metric.axis, scale=100),
        **{cost: ColourColumn(title=title(cost), cost=cost) for cost in costs_of(table)},
        **{column: ColourColumn(title=factor) for factor, column in factor_columns(plan).items()},
        "verdict": ColourColumn(title="verdict"),
        "effect": ColourColumn(title="effect (points)", scale=100),
        "seeds": ColourColumn(title="finished seeds"),
        "failed": ColourColumn(title="failed seeds"),
        "score_sd": ColourColumn(title="deviation over seeds (points)", scale=100),
        "images_per_s": ColourColumn(title="images/s"),
    }
    measured = set(table) - {"key", "network", *_OF_SEEDS, *SUMMARY, *COSTS, *columns}
    columns |= {name: ColourColumn(title=name) for name in map(str, table) if name in measured}
    present = {name: of for name, of in columns.items() if name in table and table[name].notna().any()}
    return present if plan.baseline else {name: of for name, of in present.items() if name != "verdict"}


def colouring(table: pd.DataFrame, name: str, column: ColourColumn) -> Colouring:
    """The column of the finished networks; texts that are all numbers are numbers.

    A level that baselines alone have is no level: baselines have a colour of their own.
    """
    rows = table[table["score"].notna() & table[name].notna()].set_index("key")
    numbers = pd.to_numeric(rows[name], errors="coerce")
    if numbers.notna().all():
        return _of_numbers(numbers.astype("float64"), column)
    texts = rows[name].astype(str)
    others = texts[rows["verdict"] != "baseline"] if "verdict" in rows else texts
    levels = _levels(others)
    return Colouring(
        title=column.title,
        values=texts.to_dict(),
        levels=levels,
        has_others=bool((~others.isin(levels)).any()),
    )


def value_text(by: Colouring, key: str) -> str:
    """A point's value, as a reader sees it."""
    value = by.values.get(key, "not known")
    return value if isinstance(value, str) else f"{value:.4g}"


def _of_numbers(numbers: "pd.Series[float]", column: ColourColumn) -> Colouring:
    if not column.cost:
        return Colouring(title=column.title, values=(column.scale * numbers).to_dict())
    of = unit(column.cost, numbers)
    return Colouring(
        title=of.axis,
        values=(numbers / of.factor).to_dict(),
        logarithmic=METRICS[column.cost].is_logarithmic(sorted(numbers)),
    )


def _levels(texts: "pd.Series[str]") -> tuple[str, ...]:
    """In order of appearance; of too many the most frequent."""
    frequent = set(texts.value_counts().index[:MOST_LEVELS])
    return tuple(text for text in dict.fromkeys(texts) if text in frequent)
