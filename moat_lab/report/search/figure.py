"""The figures of a search: its networks as points, and its hypervolume by trial."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from moat_lab.errors import UserError
from moat_lab.records import Plan, Search
from moat_lab.report.scatter import ScatterInfo, scatter_info
from moat_lab.report.search.pick import main_cost, pick_of
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


def search_scatter_info(table: pd.DataFrame, plan: Plan, search: Search) -> ScatterInfo:
    """The networks of a search, labelled by trial; bars from three seeds on. Pick and start are marked.

    Student's t multiplies the spread of two seeds by nine; such bars would hide all points.
    """
    few = table["seeds"] < 3
    bounds = {name: table[name].mask(few) for name in ("score_low", "score_high")}
    names = {str(key): str(i + 1) for i, key in enumerate(table["key"])}
    info = scatter_info(table.assign(**bounds), names, main_cost(search), plan.task.metric)
    started = {names[str(key)] for key in table["key"][table["network"].isin(search.start)]}
    pick = names.get(_pick(table, plan))
    points = (
        replace(
            p,
            is_pick=p.label == pick,
            is_start=p.label in started,
            is_labelled=p.is_labelled or p.label == pick or p.label in started,
        )
        for p in info.points
    )
    return replace(info, points=tuple(points))


def _pick(table: pd.DataFrame, plan: Plan) -> str:
    """Key of the network to take; empty where none can be."""
    try:
        return pick_of(table, plan, {}).chosen
    except UserError:
        return ""
