"""Recorded results as a notebook shows them: the report's table and figures, one call each."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path

import pandas as pd

from moat_lab.analysis import averaged_summary, curves
from moat_lab.analysis.search_tables import search_summary
from moat_lab.analysis.tables import factor_columns, with_score_names
from moat_lab.errors import UserError
from moat_lab.lookup import RESULTS, find_file
from moat_lab.records import Evaluation, Plan, ResultsFolder
from moat_lab.records.outcome import Reading
from moat_lab.report.comparison_figures import DrawnFigure, curves_figure, effects_figure, scatter_figure
from moat_lab.report.scatter.figure import draw_scatter
from moat_lab.report.search.figure import search_scatter_info

_SHOWN = 12
"""Rows that a notebook shows of the table."""
_COLUMNS = ("params", "macs", "seeds", "effect", "effect_low", "effect_high", "verdict")
"""Beside the factors, and the score behind the third."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What a study's trainings gave, as its folder held it when it was read.

    A search has a table and a frontier, and neither effects nor curves.
    """

    folder: ResultsFolder
    plan: Plan
    reading: Reading[Evaluation]

    def table(self) -> pd.DataFrame:
        """A row for each network: its factors, costs, seeds, score with interval, effect and verdict.

        Scores and effects are fractions. These are the rows of `summary.csv`.
        """
        return with_score_names(self._summary(), self.plan)

    def effects(self) -> DrawnFigure:
        """Each variant's effect against the baseline, with its interval.

        Raises:
            UserError: the results are of a search.
        """
        self._check_comparison("effects")
        return effects_figure(self.plan, self._summary())

    def frontier(self, cost: str = "macs") -> DrawnFigure:
        """The score against a cost, with the networks that no other dominates.

        Args:
            cost: `macs` or `params`; a search has that of its objectives.
        """
        if self.plan.search:
            info = search_scatter_info(self._summary(), self.plan, self.plan.search)
            return DrawnFigure(draw=draw_scatter, info=info)
        if cost not in ("macs", "params"):
            raise UserError(f"cost: macs or params is needed; got '{cost}'")
        return scatter_figure(self.plan, self._summary(), cost)

    def curves(self) -> DrawnFigure:
        """The score by epoch: means over seeds, with the lowest and highest seed.

        Raises:
            UserError: the results are of a search.
        """
        self._check_comparison("curves")
        return curves_figure(self.plan, self._summary(), curves(self.plan, self.reading.evaluations))

    def _repr_html_(self) -> str:
        table = self.table()
        columns = [*factor_columns(self.plan).values(), *_COLUMNS[:3], self.plan.task.score, *_COLUMNS[3:]]
        known = [name for name in dict.fromkeys(columns) if name in table.columns]
        shown = table[known].head(_SHOWN).to_html(index=False, float_format="{:.3f}".format)
        return f"<b>{escape(self.plan.name)}</b>: {escape(self.plan.question)}{shown}"

    def _summary(self) -> pd.DataFrame:
        if self.plan.search:
            return search_summary(self.plan, self.reading)
        return averaged_summary(self.plan, self.reading.evaluations)

    def _check_comparison(self, wanted: str) -> None:
        if self.plan.search:
            raise UserError(
                f"{wanted} are of a study that compares networks; {self.folder} is a search\n"
                "  it has .table() and .frontier()"
            )


def results(folder: str | Path) -> Results:
    """What is recorded in a results folder.

    Args:
        folder: its path, or its name, such as `ablate_order`: below `runs/` or `results/`, or in the package.

    Raises:
        UserError: there is none, or its plan is damaged.
    """
    found = ResultsFolder(find_file(RESULTS, folder).parent)
    return Results(folder=found, plan=found.read_plan(), reading=found.read())
