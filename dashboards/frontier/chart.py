"""The part of the frontier page that a study and the published models share: axes, chart, selection."""

from collections.abc import Collection, Mapping

import streamlit as st

from dashboards.colours import current_theme
from dashboards.frontier.figure import frontier_figure
from dashboards.frontier.selection import selected_keys
from dashboards.frontier.view import SCALES, FrontierView
from dashboards.query_params import list_from_url, option_from_url

CHOSEN = "chosen"
"""The keys of what is selected, in the session and in the address."""
_TURN = "turn of the chart"
_CONFIG = {"displaylogo": False, "modeBarButtonsToRemove": ["zoomIn2d", "zoomOut2d", "autoScale2d"]}


def choose_axes(costs: Mapping[str, str], why: str | None = None) -> tuple[str, str]:
    """Cost and scale; `why` says why a cost is not among them."""
    option_from_url("cost", list(costs))
    option_from_url("scale", SCALES)
    with st.container(horizontal=True, width="content"):
        st.segmented_control(
            "Cost", list(costs), key="cost", format_func=costs.__getitem__, required=True, help=why
        )
        st.segmented_control("Scale", SCALES, key="scale", required=True)
    return st.session_state["cost"], st.session_state["scale"]


def draw_chart(view: FrontierView, legend: str) -> None:
    """The chart, whose selection becomes the one of the page."""
    key = f"chart{_turn()}"
    st.plotly_chart(
        frontier_figure(view, current_theme()),
        width="stretch",
        key=key,
        on_select=lambda: _take(key),
        config=_CONFIG,
    )
    st.caption(legend)


def selected(keys: Collection[str]) -> list[str]:
    """What is selected on the chart, or by the address, of these keys."""
    list_from_url(CHOSEN, keys)
    chosen: list[str] = st.session_state[CHOSEN]
    return chosen


def draw_selected(chosen: int, of: int, noun: str) -> None:
    """How many rows are left, and a button that brings back all; nothing where nothing is selected."""
    if chosen:
        with st.container(horizontal=True, vertical_alignment="center", key="selected"):
            st.caption(f"{chosen} of {of} {noun}, as selected on the chart", width="content")
            st.button("Show all", on_click=_forget, type="tertiary")


def _take(key: str) -> None:
    st.session_state[CHOSEN] = selected_keys(st.session_state[key])


def _forget() -> None:
    """A new chart, too: the old one keeps its selection in the browser."""
    st.session_state[CHOSEN] = []
    st.session_state[_TURN] = _turn() + 1


def _turn() -> int:
    return int(st.session_state.get(_TURN, 0))
