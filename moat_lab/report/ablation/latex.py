"""A plan and its summary -> table.tex, for a paper with the package booktabs."""

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from moat_lab.records import Plan
from moat_lab.report.names import labels, reading_title, rows_by_reading
from moat_lab.report.units import NOTHING, percent, points, probability, si

_SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    **{letter: f"\\{letter}" for letter in "&%$#_{}"},
}
_COLUMNS = "lrrrrrrl"
_HEADER = (
    r"variant & seeds & SCORE, \% [95\,\%] & effect, points [95\,\%] & $p$ (Holm) "
    r"& params & MACs & verdict \\"
)
_NOTE = (
    "SCORE on the validation split and effects against the baseline with the same seeds, with Student's t "
    "intervals over seeds; p after Holm over all variants."
)


def latex_table(plan: Plan, table: pd.DataFrame) -> str:
    """A `table*` with caption and label; a part for each reading where there are two.

    Args:
        table: `analysis.summary`.
    """
    names, score = labels(plan), plan.task.metric
    header = _HEADER.replace("SCORE", score.title)
    body = []
    for cost, rows in rows_by_reading(plan, table).items():
        body += [r"\midrule", *_heading(plan, cost), *(_row(row, names) for row in rows.to_dict("records"))]
    lines = [
        "% needs \\usepackage{booktabs}",
        r"\begin{table*}",
        r"  \centering",
        rf"  \caption{{{escaped(plan.question)} {escaped(_NOTE.replace('SCORE', score.heading))}}}",
        rf"  \label{{tab:{plan.name}}}",
        # Eight columns with intervals: at the text's own size they are wider than a page.
        r"  \footnotesize\setlength{\tabcolsep}{3pt}",
        rf"  \begin{{tabular}}{{{_COLUMNS}}}",
        *(f"    {line}" for line in (r"\toprule", header, *body, r"\bottomrule")),
        r"  \end{tabular}",
        r"\end{table*}",
    ]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    """Text that LaTeX sets as it stands."""
    return "".join(_SPECIAL.get(letter, letter) for letter in text)


def _heading(plan: Plan, cost: str) -> list[str]:
    if len(plan.match) == 1:
        return []
    return [rf"\multicolumn{{{len(_COLUMNS)}}}{{l}}{{\emph{{{escaped(reading_title(cost))}}}}} \\"]


def _row(row: Mapping[Any, Any], names: Mapping[str, str]) -> str:
    cells = [
        rf"\texttt{{{escaped(names[row['key']])}}}",
        str(row["seeds"]) + (f" (+{row['failed']} failed)" if row["failed"] else ""),
        _number(percent(row["score"], row["score_low"], row["score_high"])),
        _number(points(row["effect"], row["effect_low"], row["effect_high"])),
        _number(probability(row["p_adjusted"])),
        si(row["params"]).replace(" ", r"\,"),
        si(row["macs"]).replace(" ", r"\,"),
        escaped(row["verdict"]),
    ]
    return " & ".join(cells) + r" \\"


def _number(text: str) -> str:
    """Signs as those of mathematics, not hyphens."""
    if text == NOTHING:
        return "--"
    return re.sub(r"(< |[+-])([\d.]+)", lambda match: f"${match[1].strip()}{match[2]}$", text)
