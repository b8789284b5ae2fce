"""One colour for each kind of layer, in every figure: Okabe and Ito 2008, as in the reports."""

from moat_lab.blocks import LAYERS
from moat_lab.report.style import COLOURS, GREY

_COLOURS = {keyword: COLOURS[i % len(COLOURS)] for i, keyword in enumerate(LAYERS)}


def colour(kind: str) -> str:
    """A layer's; grey for stem, head and downsampling."""
    return _COLOURS.get(kind, GREY)


def in_legend(kind: str) -> bool:
    """What is grey is no kind of layer, and is named where one points at it."""
    return kind in _COLOURS
