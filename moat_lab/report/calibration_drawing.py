"""The figure of a calibration: how well each schedule orders networks, and what it costs."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from moat_lab.analysis.calibration import TRUSTED
from moat_lab.report.style import BLACK, GREY, NETWORK, add_axes, blank_figure, say_empty

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ROW, _EDGES = 0.2, 0.5
"""Inches."""


def draw_calibration(table: pd.DataFrame) -> "Figure":
    """Tau with its interval, one row for each schedule, the shortest on top; the first is a diamond at 1."""
    rows = table[table["tau"].notna() & table["train_s"].notna()]
    height = _EDGES + _ROW * max(4, len(rows))
    figure = blank_figure(height)
    axes = add_axes(figure, (0.36, 0.36 / height, 0.61, 1 - _EDGES / height))
    axes.set_xlabel("Kendall's tau with the longest")
    if rows.empty:
        say_empty(axes)
        return figure
    axes.axvline(TRUSTED, color=GREY, linewidth=0.8, linestyle=(0, (4, 1.5)), zorder=1)
    schedules = rows.assign(is_first=rows.index == table.index[0]).sort_values("train_s").to_dict("records")
    for i, row in enumerate(schedules):
        axes.errorbar(row["tau"], i, **_marker_style(row))
    names = [f"{row['schedule']}  {row['train_s']:.1f} s" for row in schedules]
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlim(min(0.0, float(rows["tau_low"].min()) - 0.05), 1.05)
    return figure


def _marker_style(row: Mapping[Any, Any]) -> dict[str, Any]:
    below, above = max(0.0, row["tau"] - row["tau_low"]), max(0.0, row["tau_high"] - row["tau"])
    colour, marker = (BLACK, "D") if row["is_first"] else (NETWORK, "o")
    bar = {"xerr": [[below], [above]], "elinewidth": 1.0, "capsize": 2}
    return {"color": colour, "marker": marker, "markersize": 3.5, **bar}
