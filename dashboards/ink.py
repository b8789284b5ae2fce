"""Colours of the charts on a light and on a dark page: Okabe and Ito 2008, as in the reports.

Text and grid are left to Streamlit, which changes them with the theme at once; these change with the next
run of the page, so each must be seen on either.
"""

from dataclasses import dataclass

import streamlit as st

from moat_lab.report.style import BLACK, COLOURS, PICK


@dataclass(frozen=True, slots=True, kw_only=True)
class Ink:
    """The baseline has the strongest contrast; a variant is blue, and the ring of the pick pink."""

    baseline: str
    variant: str
    pick: str = PICK


LIGHT = Ink(baseline=BLACK, variant=COLOURS[0])
DARK = Ink(baseline="#ffffff", variant=COLOURS[5])


def ink() -> Ink:
    """The colours for the theme in which the page is shown."""
    return DARK if st.context.theme.type == "dark" else LIGHT
