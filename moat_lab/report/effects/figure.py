"""The figure of an `EffectsInfo`: a forest plot."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moat_lab.report.effects import Effect, EffectsInfo
from moat_lab.report.names import reading_title, wrapped
from moat_lab.report.style import (
    BETTER,
    BLACK,
    GREY,
    NETWORK,
    WIDTH,
    WORSE,
    add_axes,
    blank_figure,
    say_empty,
    sizes_of,
)
from moat_lab.report.units import in_points

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictMark:
    """How a verdict is marked: form and filling tell it without the colour."""

    marker: str
    colour: str
    filled: bool = True


VERDICT_MARKS = {
    "better": VerdictMark(marker="^", colour=BETTER),
    "worse": VerdictMark(marker="v", colour=WORSE),
    "equivalent": VerdictMark(marker="s", colour=NETWORK),
    "not distinguishable": VerdictMark(marker="o", colour=GREY, filled=False),
    "underpowered": VerdictMark(marker="D", colour=GREY, filled=False),
    "too few seeds": VerdictMark(marker="x", colour=GREY),
    "not testable": VerdictMark(marker="p", colour=GREY, filled=False),
}
_DASHES: tuple[Any, ...] = ("-", (0, (2, 1)), (0, (0.7, 0.7)))
"""Of the intervals, by reading."""
_BOTTOM, _LEGEND_ROW, _SIDE = 0.36, 0.13, 0.06
"""Inches."""
_IN_ROW = 3
"""Entries in a row of the legend."""


def draw_effects(info: EffectsInfo) -> "Figure":
    """One row for each variant, the first on top; of two readings, one under the other."""
    names = [wrapped(name, 24, lines=5) for name in info.rows]
    pitch = max(
        0.11 * len(info.readings) + 0.07, *(0.095 * (1 + name.count("\n")) + 0.07 for name in names), 0
    )
    entries = _entries(info)
    top = _LEGEND_ROW * math.ceil(len(entries) / _IN_ROW) + 0.04
    height = max(_BOTTOM + pitch * len(names) + top, 1.0)
    figure = blank_figure(height)
    axes = add_axes(figure, (0.15, _BOTTOM / height, 0.83, 1 - (_BOTTOM + top) / height))
    axes.set_xlabel(f"effect on {info.score}, points (against {info.against})", x=1, ha="right")
    if not info.rows:
        say_empty(axes, "nothing to compare yet")
        return figure
    _frame(axes, info, names)
    for i, effects in enumerate(info.rows.values()):
        for effect in effects:
            _draw_effect(axes, info, effect, i + _lane(info, effect))
    _make_room(axes)
    figure.legend(
        handles=entries,
        ncols=_IN_ROW,
        loc="upper center",
        frameon=False,
        fontsize=6,
        borderpad=0.2,
        borderaxespad=0.1,
        handletextpad=0.4,
        columnspacing=1.2,
        labelspacing=0.25,
        handlelength=1.8,
    )
    return figure


def _lane(info: EffectsInfo, effect: Effect) -> float:
    """How far from the middle of its row: the first reading on top."""
    return 0.36 * (info.readings.index(effect.reading) - (len(info.readings) - 1) / 2)


def _frame(axes: "Axes", info: EffectsInfo, names: list[str]) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set(xlim=(info.left, info.right), ylim=(len(names) - 0.5, -0.5))
    axes.set_yticks(range(len(names)), names, fontsize=6, linespacing=1.05)
    axes.tick_params(axis="y", length=0, pad=5)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)
    for edge in range(1, len(names)):
        axes.axhline(edge - 0.5, color="#e6e6e6", linewidth=0.5, zorder=0)
    if info.margin is not None:
        axes.axvspan(-info.margin, info.margin, color="#dcdcdc", linewidth=0, zorder=0.5)
    axes.axvline(0, color=BLACK, linewidth=0.7, zorder=1)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 2.5, 5, 10]))


def _draw_effect(axes: "Axes", info: EffectsInfo, effect: Effect, y: float) -> None:
    mark = VERDICT_MARKS[effect.verdict]
    if not math.isnan(effect.low):
        low, high = max(effect.low, info.left), min(effect.high, info.right)
        dashes = _DASHES[info.readings.index(effect.reading)]
        axes.plot([low, high], [y, y], color=mark.colour, linewidth=1.0, linestyle=dashes, zorder=2)
        ends = [(low, effect.low < info.left, "<"), (high, effect.high > info.right, ">")]
        for x, is_cut, arrow in ends:
            end = arrow if is_cut else "|"
            axes.plot([x], [y], end, color=mark.colour, markersize=3.5, clip_on=False, zorder=2)
    axes.plot([effect.effect], [y], linestyle="none", zorder=3, **marker_style(mark, mark.colour))


def marker_style(mark: VerdictMark, colour: str) -> dict[str, Any]:
    """What a plot of matplotlib takes."""
    return {
        "marker": mark.marker,
        "color": colour,
        "markerfacecolor": colour if mark.filled else "white",
        "markersize": 4.2,
        "markeredgewidth": 0.9,
    }


def _make_room(axes: "Axes") -> None:
    """The names' room is taken from the plot, as much as the longest needs."""
    widest = max(width for width, _ in sizes_of(axes.get_yticklabels()))
    left = (widest / axes.figure.dpi + _SIDE + 0.08) / WIDTH
    _, bottom, _, height = axes.get_position().bounds
    axes.set_position((left, bottom, 1 - left - 2.5 * _SIDE / WIDTH, height))


def _entries(info: EffectsInfo) -> list[Any]:
    """The legend: verdicts that occur, then the margin, then readings where there are two."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    occurring = {effect.verdict for effects in info.rows.values() for effect in effects}
    entries: list[Any] = [
        Line2D([], [], linestyle="none", label=verdict, **marker_style(mark, mark.colour))
        for verdict, mark in VERDICT_MARKS.items()
        if verdict in occurring
    ]
    if info.margin is not None and info.rows:
        entries.append(Patch(color="#dcdcdc", label=f"margin: {in_points(info.margin / 100)}"))
    if len(info.readings) > 1:
        entries += [
            Line2D([], [], color=BLACK, linewidth=1.0, linestyle=dashes, label=reading_title(reading))
            for reading, dashes in zip(info.readings, _DASHES, strict=False)
        ]
    return entries
