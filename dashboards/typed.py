"""A box for a line of text that the page answers while one types."""

import streamlit as st

DEBOUNCE = "100ms"
"""After the last key; each run of a page before that would be for a text that is not finished."""


def text_box(label: str, key: str, *, help: str | None = None, placeholder: str | None = None) -> None:
    """The box of the key; `text_from_address` gives it its text.

    Its state outlives a run whose messages never reached the browser: the next one sends the text again.
    """
    st.text_input(label, key=key, help=help, placeholder=placeholder, live=DEBOUNCE, persist_state="page")
