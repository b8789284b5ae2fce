"""The figure of a calibration: how well each schedule orders networks, and what it costs."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from moat_lab.analysis.calibration import TRUSTED
from moat_lab.report.style import BLACK, COLOURS, GREY, blank_axes, say_empty

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_calibration(table: pd.DataFrame) -> "Figure":
    """Tau with its interval against the seconds of a training; the first schedule is a diamond at 1."""
    figure, axes = blank_axes()
    axes.set(xlabel="seconds of a training", ylabel="Kendall's tau with the longest")
    rows = table[table["tau"].notna() & table["train_s"].notna()]
    if rows.empty:
        say_empty(axes)
        return figure
    axes.axhline(TRUSTED, color=GREY, linewidth=0.8, linestyle=(0, (4, 1.5)), zorder=1)
    for i, row in enumerate(rows.to_dict("records")):
        place = (row["train_s"], row["tau"])
        axes.errorbar(*place, **_look(row, is_first=i == 0))
        axes.annotate(row["schedule"], place, (4, 3), textcoords="offset points", fontsize=6)
    axes.set_xscale("log")
    axes.set_ylim(min(0.0, float(rows["tau_low"].min())) - 0.05, 1.08)
    return figure


def _look(row: Mapping[Any, Any], *, is_first: bool) -> dict[str, Any]:
    below, above = max(0.0, row["tau"] - row["tau_low"]), max(0.0, row["tau_high"] - row["tau"])
    colour, marker = (BLACK, "D") if is_first else (COLOURS[0], "o")
    bar = {"yerr": [[below], [above]], "elinewidth": 0.8}
    return {"color": colour, "marker": marker, "markersize": 3.5, **bar}
