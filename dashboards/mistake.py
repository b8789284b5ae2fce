"""A user's mistake, shown under the box that it was typed in."""

import streamlit as st

from moat_lab.errors import UserError


def draw_mistake(error: UserError) -> None:
    """Monospaced and not wrapped, so that a caret stands under its place."""
    with st.container(key="mistake"):
        st.code(str(error), language=None)
