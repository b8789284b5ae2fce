"""How figures look, and their bytes. Sizes are for one column of a paper: 3.5 inches."""

from collections.abc import Callable, Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeVar

from moat_lab.report.placement import Box

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.text import Text

Info = TypeVar("Info")
WIDTH, HEIGHT = 3.5, 2.7

# Okabe and Ito 2008, safe for colour-blind readers. A colour means one thing on every figure and page; form
# or dash say the same without it.
BLACK = "#000000"
"""What others are held against: the baseline, zero."""
GREY = "#8a8a8a"
"""Peers, context, and effects without a clear verdict."""
NETWORK = "#0072B2"
"""A network, the frontier, and any series that stands alone: blue."""
BETTER, WORSE = "#009E73", "#D55E00"
"""Than the baseline: green and vermilion."""
PICK = "#CC79A7"
"""The ring of the network to take: pink."""
PAPER = "#E69F00"
"""What a source says: its effect, or its rule: orange."""

_STYLE: Any = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same everywhere
    "font.size": 7,
    "axes.labelsize": 7.5,
    "axes.labelpad": 2.5,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.minor.width": 0.4,
    "svg.hashsalt": "moat_lab",  # names in an SVG are random without it
    "pdf.fonttype": 42,  # whole letters, which publishers ask for
}
_METADATA: dict[str, dict[str, Any]] = {
    "png": {"Software": None},
    "pdf": {"CreationDate": None, "Creator": None, "Producer": None},
    "svg": {"Date": None, "Creator": None},
}
"""What matplotlib would write of itself and of the day; left out, a remade figure has the same bytes."""


def figure_bytes(
    draw: Callable[[Info], "Figure"], info: Info, forms: Sequence[str] = ("png", "pdf")
) -> dict[str, bytes]:
    """Suffix -> content, for png (300 dots an inch), pdf or svg; the same info gives the same bytes."""
    from matplotlib import rc_context

    with rc_context(_STYLE):
        figure = draw(info)
        return {f".{form}": _saved(figure, form) for form in forms}


def blank_axes() -> tuple["Figure", "Axes"]:
    """A figure of one column and its plot area."""
    figure = blank_figure()
    return figure, add_axes(figure, (0.15, 0.155, 0.81, 0.81))


def blank_figure(height: float = HEIGHT) -> "Figure":
    """A figure of one column, without pyplot: nothing global is opened, nothing needs closing."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, height), dpi=300)
    FigureCanvasAgg(figure)
    return figure


def add_axes(figure: "Figure", place: tuple[float, float, float, float]) -> "Axes":
    """A plot area with a faint grid; `place` is left, bottom, width, height as shares of the figure."""
    axes = figure.add_axes(place)
    axes.grid(color="#e6e6e6", linewidth=0.5)
    axes.set_axisbelow(True)
    return axes


def say_empty(axes: "Axes", text: str = "no finished evaluations yet") -> None:
    """In place of a plot without data."""
    axes.set(xticks=[], yticks=[])
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", color=GREY)


def sizes_of(texts: Sequence["Text"]) -> list[tuple[float, float]]:
    """Width and height of each text, pixels."""
    extents = [text.get_window_extent() for text in texts]
    return [(extent.width, extent.height) for extent in extents]


def frame_of(axes: "Axes") -> Box:
    """The plot area, pixels."""
    area = axes.get_window_extent()
    return Box(x=(area.x0 + area.x1) / 2, y=(area.y0 + area.y1) / 2, width=area.width, height=area.height)


def _saved(figure: "Figure", form: str) -> bytes:
    buffer = BytesIO()
    figure.savefig(buffer, format=form, metadata=_METADATA[form])
    return buffer.getvalue()
