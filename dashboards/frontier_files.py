"""What the frontier page shows, to take along: the table and the figure."""

import re
from collections.abc import Callable
from functools import partial

import streamlit as st

from moat_lab.report.scatter import ScatterInfo
from moat_lab.report.scatter.figure import draw_scatter
from moat_lab.report.style import figure_bytes

_MIMES = {"svg": "image/svg+xml", "png": "image/png"}


def file_name(study: str, suffix: str = "csv") -> str:
    """A name for a file that every system takes."""
    return f"{re.sub(r'[^A-Za-z0-9._-]+', '_', study)}.{suffix}"


def figure_file(info: ScatterInfo, form: str) -> bytes:
    """The chart for a page of paper, as `svg` or `png`; the same chart gives the same bytes."""
    return figure_bytes(draw_scatter, info, (form,))[f".{form}"]


def draw_files(name: str, cost: str, csv: Callable[[], str], info: ScatterInfo) -> None:
    """Three buttons, side by side; a figure is drawn when its button is pressed."""
    with st.container(horizontal=True, key="files"):
        st.download_button("Download CSV", csv, file_name(name), "text/csv", icon=_ICON, on_click="ignore")
        for form, mime in _MIMES.items():
            st.download_button(
                f"Download {form.upper()}",
                partial(figure_file, info, form),
                file_name(f"{name}_{cost}", form),
                mime,
                icon=_ICON,
                on_click="ignore",
            )


_ICON = ":material/download:"
