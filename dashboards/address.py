"""What is chosen on a page and what its address says, kept the same."""

from collections.abc import Sequence

import streamlit as st

_WRITTEN = "address of {}"


def from_address(name: str, options: Sequence[str]) -> None:
    """Gives the widget whose key is `name` a value among `options`, before it is drawn.

    An address that is new here, because the page was opened with it or the reader went back, decides.
    Otherwise what is chosen stays. Without either it is the first.
    """
    asked = st.query_params.get(name)
    is_new = asked != st.session_state.get(_WRITTEN.format(name))
    if asked in options and is_new:
        st.session_state[name] = asked
    elif st.session_state.get(name) not in options:
        st.session_state[name] = options[0]


def to_address(*names: str) -> None:
    """Makes the address say what the widgets with these keys hold, in one step of the browser's history."""
    held = {name: st.session_state[name] for name in names}
    for name, value in held.items():
        st.session_state[_WRITTEN.format(name)] = value
    if held.items() - st.query_params.to_dict().items():
        st.query_params.update(held)
