"""Widgets and the query parameters of the page's URL, kept in step.

Streamlit's own binding replaces the current entry of the browser's history, so that going back does not undo
(docs/decisions/0015).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from time import monotonic
from typing import Any
from urllib.parse import urlencode

import streamlit as st

_WRITTEN = "query parameter {}"
_DEFAULT = "default of query parameter {}"
"""Session state: what a URL without the parameter means; None where the parameter is always written."""
_ALIASES = "other values of query parameter {}"
_DRAWN = "values when last drawn"
"""Session state: key -> the widget's value in the last run; widgets of other pages stay in it."""
_PAGE = "page that was last drawn"
PAUSE_S = 1.0
"""Without a key press for so long, a text counts as finished."""


def option_from_url(
    name: str,
    options: Sequence[str],
    default: str | None = None,
    *,
    aliases: Mapping[str, str] | None = None,
    is_always_written: bool = False,
) -> None:
    """Sets the widget with key `name` to one of `options`, before it is drawn.

    A new URL decides: the page was opened with it, or the reader went back. It also decides if the widget was
    not drawn in the last run. Otherwise the current value stays. A URL without the parameter means the
    default, which is the first option if there is none.

    Args:
        aliases: other value in a URL -> the option that it means; such a URL stays as it is.
        is_always_written: also a default is written to the URL.
    """
    usual = options[0] if default is None else default
    st.session_state[_DEFAULT.format(name)] = None if is_always_written else usual
    st.session_state[_ALIASES.format(name)] = aliases or {}
    value = _without_alias(name, st.query_params.get(name, usual))
    if value in options and (name not in st.session_state or _is_new(name, value, usual)):
        _put(name, value)
    elif st.session_state.get(name) not in options:
        _put(name, usual)


def current_value(name: str) -> str:
    """The value that a widget with key `name` has or will have in this run; empty where there is none.

    It is known before the widget is drawn, and on pages that do not draw it.
    """
    asked = st.query_params.get(name)
    if asked is not None and (name not in st.session_state or _is_new(name, _without_alias(name, asked), "")):
        return str(asked)
    drawn = st.session_state.get(_DRAWN, {})
    return str(st.session_state.get(name) or drawn.get(name) or asked or "")


def text_from_url(name: str, default: str = "") -> None:
    """Sets the text box with key `name`, before it is drawn; to the default if the URL has no such parameter.

    A reader who comes back from another page, with a URL that names at most the study, finds the last text.
    """
    st.session_state[_DEFAULT.format(name)] = default
    value = st.query_params.get(name)
    if name not in st.session_state and not st.query_params.to_dict().keys() - {"study"}:
        _put(name, st.session_state.get(_DRAWN, {}).get(name, default))
    elif name not in st.session_state or _is_new(name, value, None):
        _put(name, default if value is None else value)


def list_from_url(name: str, options: Collection[str]) -> None:
    """Sets the widget with key `name` to a list of some of the options; empty if the URL names none."""
    value = st.query_params.get(name, "")
    is_from_url = name not in st.session_state or _is_new(name, value, "")
    chosen = value.split(",") if is_from_url else st.session_state[name]
    _put(name, [value for value in chosen if value in options])


def write_to_url(*names: str, live: Collection[str] = ()) -> None:
    """Writes the values of the widgets with these keys to the URL, as one entry of the browser's history.

    Empty texts are left out, and defaults that the URL does not have yet: opening a page is no step of the
    history. The values of a list are joined by commas. While the reader types into one of the `live` boxes
    nothing is written: a text is one entry, not each of its letters.
    """
    is_typing = _has_changed(live)
    values = {name: st.session_state[name] for name in names}
    st.session_state[_DRAWN] = st.session_state.get(_DRAWN, {}) | values
    if is_typing:
        st.fragment(_rerun_after_pause, run_every=PAUSE_S)(monotonic())
    else:
        _write({name: _joined(value) for name, value in values.items()})


def forget_widgets_of_other_pages(page: str) -> None:
    """Before a page is drawn: Streamlit drops what another page's widget left under a key, but only later."""
    if st.session_state.get(_PAGE) != page:
        for name in st.session_state.get(_DRAWN, {}):
            st.session_state.pop(name, None)
    st.session_state[_PAGE] = page


def forget_value(name: str) -> None:
    """What was in the widget with key `name`, and in the URL, is as if it had never been there."""
    for key in (name, _WRITTEN.format(name)):
        st.session_state.pop(key, None)
    drawn = st.session_state.get(_DRAWN, {})
    st.session_state[_DRAWN] = {key: value for key, value in drawn.items() if key != name}
    st.query_params.pop(name, None)


def page_url(page: str, **params: str) -> str:
    """A relative URL that opens the page with these query parameters."""
    return f"{page}?{urlencode(params)}"


def _rerun_after_pause(started: float) -> None:
    """Reruns the page if nothing was typed since; a new text starts a new fragment."""
    if monotonic() - started >= PAUSE_S / 2:
        st.rerun()


def _is_new(name: str, value: str | None, default: str | None) -> bool:
    """Whether the URL has another value than was last written to it.

    Just after a widget was used the browser may not have received the last URL yet: its value is old.
    """
    written = st.session_state.get(_WRITTEN.format(name)) or default
    return value != written and not _has_changed(st.session_state.get(_DRAWN, {}))


def _has_changed(names: Iterable[str]) -> bool:
    """Whether one of these widgets has another value than in the last run."""
    last = st.session_state.get(_DRAWN, {})
    drawn = (name for name in names if name in last and name in st.session_state)
    return any(st.session_state[name] != last[name] for name in drawn)


def _put(name: str, value: Any) -> None:
    st.session_state[name] = value
    st.session_state[_DRAWN] = st.session_state.get(_DRAWN, {}) | {name: value}


def _write(values: dict[str, str]) -> None:
    before = st.query_params.to_dict()
    said = {name: value for name, value in values.items() if name in before or not _is_default(name, value)}
    for name in values:
        st.session_state[_WRITTEN.format(name)] = said.get(name) or None
    new = {name: value for name, value in said.items() if _without_alias(name, before.get(name)) != value}
    after = {name: value for name, value in (before | new).items() if value}
    if after != before:
        st.query_params.from_dict(after)


def _is_default(name: str, value: str) -> bool:
    return value == st.session_state.get(_DEFAULT.format(name))


def _without_alias(name: str, value: str | None) -> str | None:
    """The option that a value in the URL means."""
    aliases: Mapping[str, str] = st.session_state.get(_ALIASES.format(name), {})
    return aliases.get(value, value) if value else value


def _joined(value: str | Sequence[str]) -> str:
    return value if isinstance(value, str) else ",".join(value)
