"""Tables for the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan
from pathlib import Path

import pandas as pd
from rich.markup import escape
from rich.table import Table

from moat_lab.records import Plan
from moat_lab.report.labels import labels
from moat_lab.report.units import NOTHING, si
from moat_lab.study.question import load_question


def studies_table(files: Mapping[str, Path]) -> Table:
    """Every study with its question and size."""
    table = _table("study", "question", networks="right", seeds="right", recipe="left")
    for name, path in files.items():
        question = load_question(path)
        row = (len(question.space), question.seeds, question.recipe.data)
        table.add_row(name, escape(question.question), *map(str, row))
    return table


def networks_table(plan: Plan, done: Mapping[str, int]) -> Table:
    """Every network of a plan with its exact costs, before anything is trained."""
    table = _table("variant", params="right", MACs="right", activations="right", done="right")
    names = labels(plan)
    for variant in plan.variants:
        mark = " (baseline)" if variant.key == plan.baseline else ""
        costs = (f"{variant.params:,}", f"{variant.macs:,}", f"{variant.activations:,}")
        seeds = f"{done[variant.key]}/{len(plan.seeds)}"
        table.add_row(escape(names[variant.key] + mark), *costs, seeds)
    return table


def answer_table(plan: Plan, summary: pd.DataFrame) -> Table:
    """The answer in one look: accuracy, effect, cost, verdict; in 80 columns for short names."""
    right = dict.fromkeys(("top-1 %", "effect, points", "params", "MACs", "seeds"), "right")
    table = _table("variant", **right, verdict="left")
    names = labels(plan)
    for row in summary.to_dict("records"):
        table.add_row(
            escape(names[str(row["key"])]),
            _with_half_width(row["top1"], row["top1_high"], "{:.1f}"),
            _with_half_width(row["effect"], row["effect_high"], "{:+.1f}"),
            si(row["params"]),
            si(row["macs"]),
            str(row["seeds"]),
            escape(str(row["verdict"])),
        )
    return table


def _with_half_width(mean: float, high: float, form: str) -> str:
    """ "93.7 ± 1.3" percent of fractions; what is not known is left out."""
    if isnan(mean):
        return NOTHING
    half_width = "" if isnan(high) else f" ± {100 * (high - mean):.1f}"
    return form.format(100 * mean) + half_width


def _table(*first: str, **rest: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in first:
        table.add_column(name, overflow="fold")
    for name, side in rest.items():
        table.add_column(name, justify=side, overflow="fold")  # type: ignore[arg-type]
    return table
