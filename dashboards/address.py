"""What is chosen on a page and what its address says, kept the same."""

from collections.abc import Collection, Sequence
from urllib.parse import urlencode

import streamlit as st

_WRITTEN = "address of {}"


def from_address(name: str, options: Sequence[str], default: str | None = None) -> None:
    """Gives the widget whose key is `name` a value among `options`, before it is drawn.

    An address that is new here, because the page was opened with it or the reader went back, decides; so
    does one whose widget was not drawn for a while. Otherwise what is chosen stays. Without either it is the
    first. Where there is a default, an address without the name means it.
    """
    asked = st.query_params.get(name, default)
    is_new = asked != (st.session_state.get(_WRITTEN.format(name)) or default)
    if asked in options and (is_new or name not in st.session_state):
        st.session_state[name] = asked
    elif st.session_state.get(name) not in options:
        st.session_state[name] = options[0] if default is None else default


def text_from_address(name: str, default: str = "") -> None:
    """Gives the text box whose key is `name` its text, before it is drawn; the default where none is said."""
    asked = st.query_params.get(name)
    is_new = asked != st.session_state.get(_WRITTEN.format(name))
    if is_new or name not in st.session_state:
        st.session_state[name] = default if asked is None else asked


def list_from_address(name: str, options: Collection[str]) -> None:
    """Gives the widget whose key is `name` some of the options, as a list; none where none are said."""
    asked = st.query_params.get(name, "")
    is_new = asked != (st.session_state.get(_WRITTEN.format(name)) or "")
    held = asked.split(",") if is_new or name not in st.session_state else st.session_state[name]
    st.session_state[name] = [value for value in held if value in options]


def to_address(*names: str) -> None:
    """Makes the address say what the widgets with these keys hold, in one step of the browser's history.

    An empty text is not written; of a list the address says the values with commas between them.
    """
    held = {name: _written(st.session_state[name]) for name in names}
    for name, value in held.items():
        st.session_state[_WRITTEN.format(name)] = value or None
    said = st.query_params.to_dict()
    wanted = {name: value for name, value in (said | held).items() if value}
    if wanted != said:
        st.query_params.from_dict(wanted)


def _written(value: str | Sequence[str]) -> str:
    return value if isinstance(value, str) else ",".join(value)


def linked(page: str, **said: str) -> str:
    """A relative address that opens the page `page` with what is said."""
    return f"{page}?{urlencode(said)}"
