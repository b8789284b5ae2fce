"""The cells of a study: how the effects differ between them -> sections of report.md."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

from moat_lab.analysis import averaged, cell_table, question_of, summary
from moat_lab.records import Evaluation, Plan
from moat_lab.report.markdown import markdown_table
from moat_lab.report.names import labels, levels
from moat_lab.report.units import NOTHING, code, count, percent, points, probability

_BETWEEN = ("variant", "cells", "least", "most", "between cells", "p (Holm)")
_NETWORKS = ("cell", "variant", "seeds", "{score}, % [95 %]", "effect, points [t 95 %]")
_METHOD = """\
An effect above is the mean over cells of the effects there; every cell counts alike. In each cell a variant
is compared with the baseline there, paired by seed, and each cell has seeds of its own, so that cells are
independent; the standard error is that of blocks with deviations of their own (Satterthwaite 1946). It is an
effect in these cells, not in others. "Between cells" is the deviation of the effect from cell to cell beyond
what seeds make it, in points; p is of the same effect in all cells (Welch 1951), after Holm over the rows."""


def cell_sections(plan: Plan, evaluations: Iterable[Evaluation]) -> list[str]:
    """Whether effects depend on the cell, and the effects in each; nothing without cells."""
    if not plan.cells:
        return []
    evaluations = tuple(evaluations)
    names = labels(averaged(plan))
    rows = cell_table(plan, evaluations).to_dict("records")
    cells = ", ".join(code(factor) for factor in plan.cells)
    return [
        f"### Over {count(len(plan.baselines), 'cell')}",
        f"Cells are the levels of {cells}. {_sentence(plan, rows, names)}",
        markdown_table("lrrrrr", _BETWEEN, [_between(row, names) for row in rows]),
        _METHOD,
        "### In each cell",
        _networks(plan, evaluations),
    ]


def _sentence(plan: Plan, rows: Iterable[Mapping[Any, Any]], names: Mapping[str, str]) -> str:
    level = question_of(plan).level
    differing = [code(names[row["key"]]) for row in rows if row["p_adjusted"] < level]
    if differing:
        return f"The effect depends on the cell: {', '.join(differing)}."
    return "No effect depends on the cell as far as these seeds show, which does not show that none does."


def _between(row: Mapping[Any, Any], names: Mapping[str, str]) -> tuple[object, ...]:
    between = NOTHING if math.isnan(row["sd"]) else f"{100 * row['sd']:.2f}"
    least, most = points(row["least"]), points(row["most"])
    return code(names[row["key"]]), row["cells"], least, most, between, probability(row["p_adjusted"])


def _networks(plan: Plan, evaluations: Iterable[Evaluation]) -> str:
    """Every network, cell by cell."""
    title = plan.task.metric.title
    variants = {variant.key: variant for variant in plan.variants}
    rows = []
    for row in summary(plan, evaluations).to_dict("records"):
        variant = variants[row["key"]]
        treatment = plan.treatment_of(variant)
        name = levels(treatment, tuple(treatment)) + (" (matched)" if variant.matched else "")
        score = percent(row["score"], row["score_low"], row["score_high"])
        effect = points(row["effect"], row["effect_low"], row["effect_high"])
        rows.append((levels(variant.factors, plan.cells), code(name), row["seeds"], score, effect))
    return markdown_table("llrrr", [text.format(score=title) for text in _NETWORKS], rows)
