"""What is chosen on a page and what its address says, kept the same."""

from collections.abc import Collection, Iterable, Sequence
from time import monotonic
from typing import Any
from urllib.parse import urlencode

import streamlit as st

_WRITTEN = "address of {}"
_HELD = "held by widgets"
"""Name -> what its widget held when the page was last drawn; of pages that are not drawn, too."""
PAUSE_S = 1.0
"""Who types has come to an end when nothing was typed for so long."""


def from_address(name: str, options: Sequence[str], default: str | None = None) -> None:
    """Gives the widget whose key is `name` a value among `options`, before it is drawn.

    An address that is new here, because the page was opened with it or the reader went back, decides; so
    does one whose widget was not drawn for a while. Otherwise what is chosen stays. Without either it is the
    first. Where there is a default, an address without the name means it.
    """
    asked = st.query_params.get(name, default)
    if asked in options and (_is_new(name, asked, default) or name not in st.session_state):
        _put(name, asked)
    elif st.session_state.get(name) not in options:
        _put(name, options[0] if default is None else default)


def text_from_address(name: str, default: str = "") -> None:
    """Gives the text box whose key is `name` its text, before it is drawn; the default where none is said.

    Who comes back from another page, with an address that says nothing at all, finds what was typed before.
    """
    asked = st.query_params.get(name)
    if name not in st.session_state and not st.query_params:
        _put(name, st.session_state.get(_HELD, {}).get(name, default))
    elif name not in st.session_state or _is_new(name, asked, None):
        _put(name, default if asked is None else asked)


def list_from_address(name: str, options: Collection[str]) -> None:
    """Gives the widget whose key is `name` some of the options, as a list; none where none are said."""
    asked = st.query_params.get(name, "")
    is_asked = name not in st.session_state or _is_new(name, asked, "")
    held = asked.split(",") if is_asked else st.session_state[name]
    _put(name, [value for value in held if value in options])


def to_address(*names: str, typed: Collection[str] = ()) -> None:
    """Makes the address say what the widgets with these keys hold, in one step of the browser's history.

    An empty text is not written; of a list the address says the values with commas between them. While one
    types into a box of `typed` the address waits: all of a text is one step, not each of its letters.
    """
    is_typing = _is_used(typed)
    kept = {name: st.session_state[name] for name in names}
    st.session_state[_HELD] = st.session_state.get(_HELD, {}) | kept
    if is_typing:
        st.fragment(_again, run_every=PAUSE_S)(monotonic())
    else:
        _write({name: _written(value) for name, value in kept.items()})


def linked(page: str, **said: str) -> str:
    """A relative address that opens the page `page` with what is said."""
    return f"{page}?{urlencode(said)}"


def _again(started: float) -> None:
    """Draws the page once more when nothing was typed since; what is new starts anew."""
    if monotonic() - started >= PAUSE_S / 2:
        st.rerun()


def _is_new(name: str, asked: str | None, default: str | None) -> bool:
    """Whether the address says something else than was last written into it.

    Where a widget has just been used the browser may not have the last address yet: what it says is old.
    """
    written = st.session_state.get(_WRITTEN.format(name)) or default
    return asked != written and not _is_used(st.session_state.get(_HELD, {}))


def _is_used(names: Iterable[str]) -> bool:
    """Whether one of these widgets holds something else than when the page was last drawn."""
    held = st.session_state.get(_HELD, {})
    drawn = (name for name in names if name in held and name in st.session_state)
    return any(st.session_state[name] != held[name] for name in drawn)


def _put(name: str, value: Any) -> None:
    st.session_state[name] = value
    st.session_state[_HELD] = st.session_state.get(_HELD, {}) | {name: value}


def _write(held: dict[str, str]) -> None:
    for name, value in held.items():
        st.session_state[_WRITTEN.format(name)] = value or None
    said = st.query_params.to_dict()
    wanted = {name: value for name, value in (said | held).items() if value}
    if wanted != said:
        st.query_params.from_dict(wanted)


def _written(value: str | Sequence[str]) -> str:
    return value if isinstance(value, str) else ",".join(value)
