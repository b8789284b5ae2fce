"""What a browser is to have first: style, then the code that draws charts, then a chart, then the rest.

The thread that draws a page and the one that sends files share one interpreter, and a browser fetches six
files at a time. Once a session the page waits, so that what counts is fetched and drawn.
"""

import time

import plotly.graph_objects as go
import streamlit as st

_STYLE_S = 0.08
"""Without it the layout shift of the frontier is 0.24, with it 0.04 (1280 x 800)."""
_SENT_S = 0.02
"""Streamlit sends every 10 ms, and of what is replaced before that nothing."""
_CHART_S = 0.4
"""Without it the frontier's first chart takes 1.5 times as long as a bare page's, with it 1.25."""


def lead_style() -> None:
    """Before anything that the style would move; plotly, the largest file of all, is asked for at once.

    A chart that nobody sees asks for it, and goes before it is drawn.
    """
    with st.container(height=1, border=False, key="ahead"):
        ahead = st.empty()
    if _is_first("style"):
        time.sleep(_STYLE_S)
        ahead.plotly_chart(go.Figure(), key="chart ahead")
        time.sleep(_SENT_S)
    ahead.empty()


def lead_chart() -> None:
    """After a chart: what is below it comes when it is drawn."""
    if _is_first("chart"):
        time.sleep(_CHART_S)


def _is_first(name: str) -> bool:
    """Whether it is asked for the first time in this session."""
    key = f"lead of the {name}"
    is_first = key not in st.session_state
    st.session_state[key] = True
    return is_first
