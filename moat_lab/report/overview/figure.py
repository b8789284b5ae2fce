"""The figure of a `ForestInfo`: a forest plot of all claims."""

import math
from typing import TYPE_CHECKING, Any

from moat_lab.report.effects.figure import VERDICT_MARKS, marker_style
from moat_lab.report.overview.forest import ForestInfo, ForestRow
from moat_lab.report.style import BLACK, PAPER, add_axes, blank_figure, say_empty, sizes_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_WIDTH, _ROW, _BOTTOM, _TOP, _SIDE = 7.2, 0.135, 0.4, 0.25, 0.1
"""Inches."""
_LINEAR = 1.0
"""Points up to which the scale is linear; beyond, a step is a factor."""
_TICKS = (-50, -20, -10, -5, -2, -1, 0, 1, 2, 5, 10, 20, 50)


def draw_forest(info: ForestInfo) -> "Figure":
    """A row for each claim under its group's title: effect, 95 % interval, and the source's effect."""
    rows = _rows(info)
    height = max(1.0, _BOTTOM + _TOP + _ROW * len(rows))
    figure = blank_figure(height)
    figure.set_figwidth(_WIDTH)
    axes = add_axes(figure, (0.4, _BOTTOM / height, 0.58, 1 - (_BOTTOM + _TOP) / height))
    axes.set_xlabel("effect, points (logarithmic beyond 1)", fontsize=6.5)
    if not rows:
        say_empty(axes, "no claim was held against data yet")
        return figure
    _frame(axes, info, rows)
    for place, (_, row) in enumerate(rows):
        if row:
            _draw_row(axes, row, place)
    _make_room(axes)
    figure.legend(
        handles=_entries(info),
        ncols=6,
        loc="upper center",
        frameon=False,
        fontsize=6,
        handletextpad=0.3,
        columnspacing=1.0,
        borderpad=0.1,
    )
    return figure


def _rows(info: ForestInfo) -> list[tuple[str, ForestRow | None]]:
    """Label and claim, of each line from the top; titles have no claim."""
    lines: list[tuple[str, ForestRow | None]] = []
    for title, rows in info.groups.items():
        lines += [(title, None), *((row.label, row) for row in rows)]
    return lines


def _frame(axes: "Axes", info: ForestInfo, rows: list[tuple[str, ForestRow | None]]) -> None:
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    left, right = _view(info)
    axes.set_xscale("symlog", linthresh=_LINEAR, linscale=0.6)
    axes.set(xlim=(left, right), ylim=(len(rows) - 0.5, -0.5))
    axes.xaxis.set_major_locator(FixedLocator([tick for tick in _TICKS if left <= tick <= right]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:+g}" if value else "0"))
    axes.set_yticks(range(len(rows)), [label for label, _ in rows], fontsize=5.5)
    for text, (_, row) in zip(axes.get_yticklabels(), rows, strict=True):
        text.set_fontweight("normal" if row else "bold")
    axes.tick_params(axis="y", length=0)
    axes.tick_params(axis="x", labelsize=6)
    axes.spines["left"].set_visible(False)
    axes.axvline(0, color=BLACK, linewidth=0.7, zorder=1)


def _view(info: ForestInfo) -> tuple[float, float]:
    """All intervals and a little more: nothing is cut."""
    rows = [row for of in info.groups.values() for row in of]
    ends = [end for row in rows for end in (row.low, row.high, row.effect, row.source_effect) if end == end]
    return min(-_LINEAR, 1.15 * min(ends)), max(_LINEAR, 1.15 * max(ends))


def _draw_row(axes: "Axes", row: ForestRow, place: int) -> None:
    mark = VERDICT_MARKS[row.verdict]
    if not math.isnan(row.low):
        axes.plot([row.low, row.high], [place, place], "|-", color=mark.colour, linewidth=0.9, markersize=3)
    if not math.isnan(row.source_effect):
        axes.plot([row.source_effect], [place], **_SOURCE)
    style = marker_style(mark, mark.colour) | {"markersize": 3.4}
    axes.plot([row.effect], [place], linestyle="none", zorder=3, **style)


_SOURCE: dict[str, Any] = {
    "marker": "|",
    "linestyle": "none",
    "color": PAPER,
    "markersize": 6.5,
    "markeredgewidth": 1.6,
    "zorder": 2.5,
}


def _make_room(axes: "Axes") -> None:
    """The labels' room is taken from the plot, as much as the longest needs."""
    widest = max(width for width, _ in sizes_of(axes.get_yticklabels()))
    left = (widest / axes.figure.dpi + _SIDE) / _WIDTH
    _, bottom, _, height = axes.get_position().bounds
    axes.set_position((left, bottom, 1 - left - 1.5 * _SIDE / _WIDTH, height))


def _entries(info: ForestInfo) -> list[Any]:
    from matplotlib.lines import Line2D

    rows = [row for of in info.groups.values() for row in of]
    occurring = {row.verdict for row in rows}
    entries: list[Any] = [
        Line2D([], [], label=verdict, **(marker_style(mark, mark.colour) | {"linestyle": "none"}))
        for verdict, mark in VERDICT_MARKS.items()
        if verdict in occurring
    ]
    if any(row.source_effect == row.source_effect for row in rows):
        entries.append(Line2D([], [], label="the source's effect", **_SOURCE))
    return entries
