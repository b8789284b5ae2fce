"""The figure of some `Panel`s: an interaction plot."""

import math
from collections.abc import Sequence
from itertools import cycle
from typing import TYPE_CHECKING, Any

from moat_lab.analysis import Interval
from moat_lab.report.interaction import Panel
from moat_lab.report.names import wrapped
from moat_lab.report.style import BLACK, NETWORK, WIDTH, add_axes, blank_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_USUAL: dict[str, Any] = {"color": BLACK, "marker": "D", "linestyle": "-"}
_MARKS = ("o", "P", "*", "p", "h")
"""None of a verdict's."""
_DASHES: tuple[Any, ...] = ((0, (4, 1.5)), (0, (1, 1)), (0, (4, 1, 1, 1)), (0, (8, 2)))
_PLOT, _LEFT, _BOTTOM, _LEGEND_ROW = 1.35, 0.45, 0.5, 0.11
"""Inches: height of a plot, and the room of its axis, its levels, and each row of its legend."""
_NARROW = 16
"""Letters of a legend that half a column holds."""
_APART = 0.06
"""Shares of a step between lines, so that their bars do not hide each other."""


def draw_panels(panels: Sequence[Panel]) -> "Figure":
    """One panel across the column, or two in a row; one scale for all."""
    longest = max(len(level) for panel in panels for level in panel.lines)
    columns = 1 if longest > _NARROW else min(2, len(panels))
    rows = math.ceil(len(panels) / columns)
    top = 0.08 + _LEGEND_ROW * max(1 + len(panel.lines) for panel in panels)
    cell_width, cell_height = WIDTH / columns, top + _PLOT + _BOTTOM
    height = rows * cell_height
    figure = blank_figure(height)
    for i, panel in enumerate(panels):
        row, column = divmod(i, columns)
        left = column * cell_width + _LEFT
        bottom = height - row * cell_height - top - _PLOT
        width = cell_width - _LEFT - 0.08
        axes = add_axes(figure, (left / WIDTH, bottom / height, width / WIDTH, _PLOT / height))
        _draw_panel(axes, panel, letters=int(15 * width))
        axes.set_ylabel(f"{panel.score} (%)" if column == 0 else "")
    _one_scale(figure.axes)
    return figure


def _draw_panel(axes: "Axes", panel: Panel, *, letters: int) -> None:
    """Args: letters: how many the axis has room for."""
    others = zip(cycle(_MARKS), cycle(_DASHES), strict=False)
    for i, (level, means) in enumerate(panel.lines.items()):
        shift = _APART * (i - (len(panel.lines) - 1) / 2)
        bars = [_possible(mean) for mean in means]
        axes.errorbar(
            [x + shift for x in range(len(means))],
            [mean.mean for mean in means],
            yerr=[[below for below, _ in bars], [above for _, above in bars]],
            **(_USUAL if level == panel.usual else _other(*next(others))),
            markersize=3.5,
            linewidth=1.0,
            elinewidth=0.8,
            label=level,
        )
    room = max(6, letters // len(panel.levels))
    axes.set_xticks(range(len(panel.levels)), [wrapped(level, room) for level in panel.levels], fontsize=6)
    axes.set_xlim(-0.4, len(panel.levels) - 0.6)
    axes.set_xlabel(panel.along_title)
    axes.legend(
        title=panel.by_title, loc="lower left", bbox_to_anchor=(-0.02, 1.0), frameon=False, fontsize=6,
        title_fontsize=6.5, alignment="left", borderpad=0, labelspacing=0.2, handlelength=2.6,
    )  # fmt: skip


def _possible(mean: Interval) -> tuple[float, float]:
    """How far the interval reaches below and above, as far as a share can be; nothing where it is unknown."""
    if math.isnan(mean.low):
        return 0.0, 0.0
    return mean.mean - max(mean.low, 0.0), min(mean.high, 100.0) - mean.mean


def _other(marker: str, dashes: Any) -> dict[str, Any]:
    """A level that the baseline does not have: blue as any network, with a mark and dashes of its own."""
    return {"color": NETWORK, "marker": marker, "linestyle": dashes}


def _one_scale(panels: Sequence["Axes"]) -> None:
    """Slopes can be compared between panels; no view of impossible accuracies."""
    from matplotlib.ticker import MaxNLocator

    limits = [panel.get_ylim() for panel in panels]
    low, high = max(min(low for low, _ in limits), -2), min(max(high for _, high in limits), 102)
    for panel in panels:
        panel.set_ylim(low, high)
        panel.yaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
