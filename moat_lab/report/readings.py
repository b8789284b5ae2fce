"""A study's readings: networks as written, or of the baseline's cost."""

from collections.abc import Iterable

import pandas as pd

from moat_lab.records import Plan, Variant
from moat_lab.report.units import cost_name


def reading_title(cost: str) -> str:
    """ "As written", "At the baseline's MACs"."""
    return "As written" if cost == "none" else f"At the baseline's {cost_name(cost)}"


def reading_in_sentence(cost: str) -> str:
    """ "as written", "at the baseline's MACs"."""
    title = reading_title(cost)
    return title[0].lower() + title[1:]


def same_cost(cost: str) -> str:
    """What `labels` puts behind the name of a scaled network, where a study has more than one reading."""
    return f" (same {cost_name(cost)})"


def rows_of(table: pd.DataFrame, variants: Iterable[Variant]) -> pd.DataFrame:
    """The rows of `analysis.summary` that belong to these variants."""
    return table[table["key"].isin([variant.key for variant in variants])]


def rows_by_reading(plan: Plan, table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Reading -> its rows of `analysis.summary`."""
    return {cost: rows_of(table, variants) for cost, variants in plan.readings.items()}
