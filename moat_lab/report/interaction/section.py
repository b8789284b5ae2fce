"""The interactions of a study's factors -> a section of report.md."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from moat_lab.records import Plan
from moat_lab.report.interaction import MOST
from moat_lab.report.markdown import markdown_table
from moat_lab.report.names import reading_title
from moat_lab.report.units import code, count, points, probability

_TITLES = ("changes", "seeds", "settings", "effect beyond the sum, points [t 95 %]", "p (Holm)", "verdict")
_FITTED = """\
An effect beyond the sum is what two changes of the baseline do together, less what each does alone, by least
squares over all points of the fraction, paired by seed; "better" is more than the sum, "worse" less. p is
after Holm over the rows of its table."""
_METHOD = f"""\
An effect beyond the sum is what two changes of the baseline do together, less what each does alone, paired by
seed; a mean over the settings of the other factors at which neither, one, the other and both were trained.
It is zero where effects add up, and lines are then parallel; "better" is more than the sum, "worse" less.
p is after Holm over the rows of its table; all are in `interactions.csv`. In the figure bars are 95 %
intervals of each mean, unpaired; of more than {MOST} pairs of factors it shows those with the smallest p."""
_ALPHA = 0.05


def figure_name(reading: str) -> str:
    """Of the reading's interaction plot, without suffix."""
    return "interactions" if reading == "none" else f"interactions_{reading}"


def interaction_sections(plan: Plan, table: pd.DataFrame) -> list[str]:
    """Table and figure of each reading that holds interactions; nothing where none does.

    Args:
        table: `analysis.interaction_table`.
    """
    if table.empty:
        return []
    sections = ["## Interactions"]
    for reading in plan.match:
        rows = table[table["reading"] == reading]
        heading = [f"### {reading_title(reading)}"] if len(plan.match) > 1 else []
        if not rows.empty:
            figure = f"![Top-1 by the levels of two factors]({figure_name(reading)}.png)"
            sections += [
                *heading,
                _sentence(rows),
                markdown_table("lrrrrl", _TITLES, map(_row, rows.to_dict("records"))),
                figure,
            ]
    return [*sections, _FITTED if plan.is_fraction else _METHOD]


def _sentence(rows: pd.DataFrame) -> str:
    significant = rows[rows["p_adjusted"] < _ALPHA]
    if significant.empty:
        return "No interaction is significant with these seeds, which does not show that there is none."
    listed = [f"{_changes(row)} ({points(row['effect'])} points)" for row in significant.to_dict("records")]
    left = len(rows) - len(significant)
    others = f" Of {count(left, 'other')} these seeds show none, nor that there is none." if left else ""
    return f"Effects do not add up: {', '.join(listed)}.{others}"


def _row(row: Mapping[Any, Any]) -> tuple[object, ...]:
    effect = points(row["effect"], row["effect_low"], row["effect_high"])
    p = probability(row["p_adjusted"])
    settings = row["settings"] or "fitted"
    return _changes(row), row["seeds"], settings, effect, p, row["verdict"]


def _changes(row: Mapping[Any, Any]) -> str:
    first, second = f"{row['factor']}={row['level']}", f"{row['other_factor']}={row['other_level']}"
    return f"{code(first)} with {code(second)}"
