"""A user's mistake, shown under the box that it was typed in."""

import streamlit as st

from moat_lab.errors import UserError


def draw_error(box: str, error: UserError) -> None:
    """Monospaced and not wrapped, so that a caret stands under its place; `box` is the box's key."""
    with st.container(key=f"error_{box}"):
        st.code(str(error), language=None)
