"""A box for a line of text that the page answers while one types."""

import streamlit as st

DEBOUNCE = "100ms"
"""After the last key. With 50 ms the page is drawn between keys too, for texts that are not finished, and the
answer to the last is later: 707 ms in place of 302 on a busy machine."""


def text_box(label: str, key: str, *, help: str | None = None, placeholder: str | None = None) -> None:
    """The box of the key; `text_from_url` gives it its text.

    Its state outlives a run whose messages never reached the browser: the next one sends the text again.
    """
    st.text_input(label, key=key, help=help, placeholder=placeholder, live=DEBOUNCE, persist_state="page")
