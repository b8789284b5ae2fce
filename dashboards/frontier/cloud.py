"""Very many dominated networks: one cloud of points, each with its key, none with a text of its own."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from dashboards.colours import Theme

MOST = 1000
"""More points than this are not told apart one by one: texts and bars for each would take seconds to send."""
_HOVER = "%{y:.1f} % at %{x:.3~g}<br>%{customdata[0]}: click for its row<extra></extra>"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cloud:
    """(N,) costs in the axis' unit, top-1 in percent, keys."""

    costs: npt.NDArray[np.float64]
    top1: npt.NDArray[np.float64]
    keys: tuple[str, ...]

    @property
    def corners(self) -> tuple[tuple[float, float], ...]:
        """What an axis has to span: lowest cost and top-1, highest cost and top-1."""
        return tuple((float(end(self.costs)), float(end(self.top1))) for end in (np.min, np.max))


def parted(rows: pd.DataFrame, baseline: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows to draw one by one, and those of the cloud: the dominated ones, where there are very many."""
    alone = rows["on_frontier"] | (rows["key"] == baseline) | (len(rows) <= MOST)
    return rows[alone], rows[~alone]


def cloud_of(rows: pd.DataFrame, cost: str, factor: float) -> Cloud | None:
    """None where there are no rows."""
    if rows.empty:
        return None
    costs, top1 = (rows[name].to_numpy(dtype=np.float64) for name in (cost, "top1"))
    return Cloud(costs=costs / factor, top1=100 * top1, keys=tuple(rows["key"]))


def cloud_trace(cloud: Cloud, theme: Theme, *, opacity: float) -> go.Scattergl:
    """Small and faint, drawn by the graphics card; a selection finds the keys as it does on other points."""
    return go.Scattergl(
        x=cloud.costs,
        y=cloud.top1,
        customdata=np.array(cloud.keys, dtype=object)[:, np.newaxis],
        hovertemplate=_HOVER,
        mode="markers",
        opacity=opacity,
        marker={"color": theme.variant, "size": 6},
    )
