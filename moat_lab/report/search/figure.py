"""The figures of a search: its networks as points, and its hypervolume by trial."""

from typing import TYPE_CHECKING

import pandas as pd

from moat_lab.metrics import Metric
from moat_lab.report.scatter import ScatterInfo, scatter_info
from moat_lab.report.style import NETWORK, blank_axes, say_empty

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_trace(table: pd.DataFrame) -> "Figure":
    """`hypervolume_by_trial` as a line of steps."""
    from matplotlib.ticker import MaxNLocator

    figure, axes = blank_axes()
    axes.set(xlabel="networks trained", ylabel="hypervolume (share of the box)")
    if table.empty:
        say_empty(axes)
        return figure
    axes.step(table["trial"], table["hypervolume"], where="post", color=NETWORK, linewidth=1.2)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_ylim(bottom=0)
    return figure


def search_scatter_info(table: pd.DataFrame, cost: str, score: Metric) -> ScatterInfo:
    """The networks of a search, labelled by trial; bars from three seeds on.

    Student's t multiplies the spread of two seeds by nine; such bars would hide all points.
    """
    few = table["seeds"] < 3
    bounds = {name: table[name].mask(few) for name in ("score_low", "score_high")}
    names = {str(key): str(i + 1) for i, key in enumerate(table["key"])}
    return scatter_info(table.assign(**bounds), names, cost, score)
