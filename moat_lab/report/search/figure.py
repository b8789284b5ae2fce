"""The figure of a hypervolume over the trials of a search."""

from typing import TYPE_CHECKING

import pandas as pd

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
