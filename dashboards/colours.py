"""The colours of the charts; each means one thing on all pages, and in the reports (`report.style`).

    black (white on dark)      the reference: the baseline, zero, a budget, the network in the text box;
                               the mark of "not distinguishable" from the baseline
    blue                       a network, the frontier, a series that stands alone; "equivalent", a network
                               like the baseline
    grey                       peers, context, no verdict: "too few seeds", lines without one
    pink                       the ring of the pick
    green, vermilion           better and worse than the baseline
    purple, orange,            kinds of layers
    brown (yellow on dark)

Where a column colours the points these do not hold: numbers are on a part of viridis, texts have the colours
of networks and kinds with a symbol each, verdicts their own, and the baseline stays black.

All but the last row are Okabe and Ito's, 2008; the kinds differ from them and from each other to colour-blind
readers too. Symbols say the same without colour: the baseline is a diamond or the thickest line; verdicts are
triangles up and down, a square, a hollow circle and a cross; lines of one colour have dashes of their own.

Streamlit changes text and grid with the theme at once; these colours change with the next run of the page,
so each must be visible on both.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import streamlit as st

from moat_lab.report.style import BLACK, NETWORK, PICK


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """The colours for one theme.

    Args:
        text: of names at points, which must be read.
        low: the start of a scale that ends in a network's blue.
        scale: of numbers in general, the more the clearer: viridis without the end that the page would hide.
        kinds: of layers, each a colour that means nothing else.
        shades: report's colour -> its shade in this theme; others stay.
    """

    text: str
    low: str
    scale: tuple[str, ...]
    kinds: tuple[str, ...]
    shades: Mapping[str, str] = field(default_factory=dict)
    pick: str = PICK

    @property
    def baseline(self) -> str:
        return self.shade(BLACK)

    @property
    def variant(self) -> str:
        return self.shade(NETWORK)

    def shade(self, colour: str) -> str:
        """The shade of a report's colour in this theme."""
        return self.shades.get(colour, colour)


_ORANGE = "#E69F00"
LIGHT = Theme(
    text="#31333f",
    low="#c4c4c4",
    scale=("#1F9E89", "#2A788E", "#414487", "#440154"),
    kinds=("#4B1A80", _ORANGE, "#734A12", "#882255"),
)
DARK = Theme(
    text="#fafafa",
    low="#5c5c5c",
    scale=("#2A788E", "#22A884", "#7AD151", "#FDE725"),
    kinds=("#8A4FC7", _ORANGE, "#F0E442", "#F3BEC1"),
    shades={BLACK: "#ffffff", NETWORK: "#56B4E9"},
)


def current_theme() -> Theme:
    """The colours for the reader's theme."""
    return DARK if st.context.theme.type == "dark" else LIGHT
