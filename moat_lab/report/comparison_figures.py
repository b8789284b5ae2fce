"""The figures of a study that compares networks: for each its drawing and all that it shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import pandas as pd

from moat_lab.analysis import averaged
from moat_lab.analysis.cell_means import keys_over_cells
from moat_lab.records import Plan
from moat_lab.report.effects import effects_info
from moat_lab.report.effects.figure import draw_effects
from moat_lab.report.learning import CurvesInfo, curves_info
from moat_lab.report.learning.figure import draw_curves
from moat_lab.report.names import labels
from moat_lab.report.scatter import scatter_info
from moat_lab.report.scatter.figure import draw_scatter
from moat_lab.report.style import figure_bytes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DOTS_PER_PIXEL = 2
"""Of a notebook's page: figures are saved for print."""


class Draw(Protocol):
    """All that a figure shows -> the figure."""

    def __call__(self, info: Any) -> Figure: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnFigure:
    """A figure that a notebook shows as the report has it. `figure` is matplotlib's."""

    draw: Draw
    info: Any

    @property
    def figure(self) -> Figure:
        return self.draw(self.info)

    def content(self, *forms: str) -> dict[str, bytes]:
        """Suffix -> content, for png, pdf or svg."""
        return figure_bytes(self.draw, self.info, forms or ("png", "pdf"))

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        png = self.content("png")[".png"]
        width = int.from_bytes(png[16:20], "big")  # of the PNG's header
        return png, {"width": width // _DOTS_PER_PIXEL}


def effects_figure(plan: Plan, table: pd.DataFrame) -> DrawnFigure:
    """The effects of `analysis.averaged_summary` with their intervals."""
    return DrawnFigure(draw=draw_effects, info=effects_info(averaged(plan), table))


def scatter_figure(plan: Plan, table: pd.DataFrame, cost: str) -> DrawnFigure:
    """The score against a cost, with the frontier."""
    info = scatter_info(table, labels(averaged(plan)), cost, plan.task.metric)
    return DrawnFigure(draw=draw_scatter, info=info)


def curves_figure(plan: Plan, table: pd.DataFrame, lines: pd.DataFrame) -> DrawnFigure:
    """The learning curves of `analysis.curves`, over cells if there are some; the first of two readings."""
    return DrawnFigure(draw=draw_curves, info=_curves_info(plan, table, lines))


def _curves_info(plan: Plan, table: pd.DataFrame, lines: pd.DataFrame) -> CurvesInfo:
    names, verdicts = labels(averaged(plan)), dict(zip(table["key"], table["verdict"], strict=True))
    keys = keys_over_cells(plan, plan.match[0])
    first = lines[lines["key"].isin(keys.keys())].replace({"key": keys})
    return curves_info(first, names, verdicts, plan.task.metric.title)
