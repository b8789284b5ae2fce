"""Colours of the charts on a light and on a dark page: Okabe and Ito 2008, as in the reports.

Text and grid are left to Streamlit, which changes them with the theme at once; these change with the next
run of the page, so each must be seen on either.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import streamlit as st

from moat_lab.report.style import BLACK, COLOURS, PICK


@dataclass(frozen=True, slots=True, kw_only=True)
class Ink:
    """The baseline has the strongest contrast; a variant is blue, and the ring of the pick pink.

    Args:
        text: of names at points, which must be read.
        low: where a scale that ends in the variant's blue begins.
        shades: what stands in place of a report's colour; one that is not there stays.
    """

    baseline: str
    variant: str
    text: str
    low: str
    shades: Mapping[str, str] = field(default_factory=dict)
    pick: str = PICK

    def shown(self, colour: str) -> str:
        """A colour of the reports, as it is seen here."""
        return self.shades.get(colour, colour)


_BLUE, _VERMILION, _ORANGE, _SKY = COLOURS[0], COLOURS[1], COLOURS[4], COLOURS[5]
LIGHT = Ink(baseline=BLACK, variant=_BLUE, text="#31333f", low="#c4c4c4")
DARK = Ink(
    baseline="#ffffff",
    variant=_SKY,
    text="#fafafa",
    low="#5c5c5c",
    shades={BLACK: "#ffffff", _BLUE: _SKY, _SKY: _BLUE, _VERMILION: _ORANGE, _ORANGE: _VERMILION},
)


def ink() -> Ink:
    """The colours for the theme in which the page is shown."""
    return DARK if st.context.theme.type == "dark" else LIGHT
