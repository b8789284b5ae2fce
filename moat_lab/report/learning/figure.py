"""The figure of a `CurvesInfo`."""

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from moat_lab.report.effects.figure import VERDICT_MARKS, marker_style
from moat_lab.report.learning import CurvesInfo, Line
from moat_lab.report.names import wrapped
from moat_lab.report.spacing import spread
from moat_lab.report.style import BLACK, GREY, blank_axes, frame_of, say_empty, sizes_of
from moat_lab.report.units import count

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DASHES: tuple[Any, ...] = (
    (0, (4, 1.5)),
    (0, (1, 1)),
    (0, (4, 1.2, 1, 1.2)),
    (0, (8, 2)),
    (0, (8, 1.5, 1, 1.5, 1, 1.5)),
    (0, (2, 1)),
    (0, (12, 1)),
)
"""One for each line with a label; the baseline's alone is solid."""
_FAINT: dict[str, Any] = {"color": "#cccccc", "linewidth": 0.5, "zorder": 1}


def draw_curves(info: CurvesInfo) -> "Figure":
    """Means over seeds with bands, labelled and marked with their verdicts at the ends; the others faint."""
    figure, axes = blank_axes()
    axes.set(xlabel="epoch", ylabel=f"val {info.score} (%)")
    if not info.lines:
        say_empty(axes)
        return figure
    styles = [style for style, _ in zip(_line_styles(info.lines), info.lines, strict=False)]
    for line, style in zip(info.lines, styles, strict=True):
        _draw_line(axes, line, style)
    _set_view(axes, info)
    labelled = [
        (line, style["color"]) for line, style in zip(info.lines, styles, strict=True) if line.is_labelled
    ]
    _draw_names(axes, labelled)
    _count_others(axes, len(info.lines) - len(labelled))
    return figure


def _line_styles(lines: tuple[Line, ...]) -> Iterator[dict[str, Any]]:
    """The baseline thick and solid, each other with a label in dashes of its own."""
    dashes = itertools.cycle(_DASHES)
    for line in lines:
        if line.is_baseline:
            yield {"color": BLACK, "linewidth": 1.2, "zorder": 4}
        elif not line.is_labelled:
            yield _FAINT
        else:
            yield {"color": line_colour(line), "linestyle": next(dashes), "linewidth": 1.0, "zorder": 3}


def line_colour(line: Line) -> str:
    """That of its verdict. Black is the baseline's alone; not distinguishable is grey."""
    if line.is_baseline:
        return BLACK
    style = VERDICT_MARKS.get(line.verdict)
    return style.colour if style else GREY


def _draw_line(axes: "Axes", line: Line, style: dict[str, Any]) -> None:
    alone: dict[str, Any] = {"marker": "o", "markersize": 3} if len(line.epochs) == 1 else {}
    axes.plot(line.epochs, line.mean, **style, **alone)
    if line.is_labelled and line.verdict in VERDICT_MARKS:
        mark = marker_style(VERDICT_MARKS[line.verdict], style["color"])
        axes.plot(line.epochs[-1:], [_last(line)], linestyle="none", clip_on=False, zorder=5, **mark)
    if line.is_labelled and line.seeds > 1:
        axes.fill_between(
            line.epochs, line.low, line.high, color=style["color"], alpha=0.13, linewidth=0, zorder=2
        )


def _set_view(axes: "Axes", info: CurvesInfo) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_ylim(info.bottom, info.top)
    axes.margins(x=0.02)
    axes.set_xlim(axes.get_xlim())  # the lines to the labels lie outside
    axes.yaxis.set_major_locator(MaxNLocator(nbins=7, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def _draw_names(axes: "Axes", labelled: list[tuple[Line, str]]) -> None:
    """Labels right of the lines' ends, apart from each other, in room taken from the plot."""
    texts = [
        axes.text(
            0, 0, wrapped(line.label, 17, lines=5), color=colour, fontsize=6, va="center", linespacing=0.95
        )
        for line, colour in labelled
    ]
    sizes = sizes_of(texts)
    left, bottom, width, height = axes.get_position().bounds
    taken = min(0.4, (max(size[0] for size in sizes) + 40) / axes.figure.bbox.width)
    axes.set_position((left, bottom, width - taken, height))
    frame, highest = frame_of(axes), max(size[1] for size in sizes)
    ends = [axes.transData.transform((line.epochs[-1], _last(line))) for line, _ in labelled]
    heights = spread(
        [float(y) for _, y in ends],
        gap=1.1 * highest,
        low=frame.y - frame.height / 2,
        high=frame.y + frame.height / 2 - highest / 2,
    )
    for text, (_, colour), (x, y), to in zip(texts, labelled, ends, heights, strict=True):
        right = frame.x + frame.width / 2
        (x0, y0), (x1, y1) = axes.transData.inverted().transform([(x, y), (right + 32, to)])
        text.set_position((x1, y1))
        elbow = axes.transData.inverted().transform((right + 4, y))[0]
        tip = axes.transData.inverted().transform((right + 26, y))[0]
        axes.plot([x0, elbow, tip], [y0, y0, y1], color=colour, linewidth=0.4, clip_on=False, zorder=1)


def _last(line: Line) -> float:
    reached = [value for value in line.mean if value == value]
    return reached[-1] if reached else 0.0


def _count_others(axes: "Axes", others: int) -> None:
    if others:
        text = f"{count(others, 'other')}, faint"
        axes.text(0.98, 0.02, text, transform=axes.transAxes, ha="right", va="bottom", fontsize=6, color=GREY)
