"""The chart of a frontier, on which points are selected; the selection filters the rest of the page."""

from collections.abc import Collection, Mapping
from typing import Any

import streamlit as st

from dashboards.charts import spoken_name
from dashboards.colours import current_theme
from dashboards.frontier.figure import frontier_figure
from dashboards.frontier.view import FrontierView
from dashboards.lead import lead_chart
from dashboards.query_params import list_from_url

CHOSEN = "chosen"
"""Session state and query parameter of the selected networks' keys."""
_VERSION = "version of the chart"
_CONFIG = {"displaylogo": False, "modeBarButtonsToRemove": ["zoomIn2d", "zoomOut2d", "autoScale2d"]}


def draw_frontier_chart(view: FrontierView) -> None:
    """The chart; its selection becomes that of the page."""
    key, figure = f"chart{_version()}", frontier_figure(view, current_theme())
    st.plotly_chart(
        figure,
        width="stretch",
        alt=spoken_name(figure, "frontier"),
        key=key,
        on_select=lambda: _select(key),
        config=_CONFIG,
    )
    lead_chart()


def selected(keys: Collection[str]) -> list[str]:
    """Those of these keys that are selected, on the chart or by the URL."""
    list_from_url(CHOSEN, keys)
    chosen: list[str] = st.session_state[CHOSEN]
    return chosen


def draw_selected(chosen: int, of: int, noun: str) -> None:
    """How many rows are selected, and a button to show all; nothing without a selection."""
    if chosen:
        with st.container(horizontal=True, vertical_alignment="center", key="selected"):
            st.caption(f"{chosen} of {of} {noun}, as selected on the chart", width="content")
            st.button("Show all", on_click=_deselect, type="tertiary")


def forget_selection() -> None:
    """Another study has other networks."""
    st.session_state[CHOSEN] = []


def _select(key: str) -> None:
    st.session_state[CHOSEN] = selected_keys(st.session_state[key])


def _deselect() -> None:
    """A new chart, too: the old one keeps its selection in the browser."""
    st.session_state[CHOSEN] = []
    st.session_state[_VERSION] = _version() + 1


def _version() -> int:
    return int(st.session_state.get(_VERSION, 0))


def selected_keys(state: Mapping[str, Any]) -> list[str]:
    """The variant keys that the selected points carry first in their `customdata`, each once."""
    points = state.get("selection", {}).get("points", [])
    return list(dict.fromkeys(str(point["customdata"][0]) for point in points if point.get("customdata")))
