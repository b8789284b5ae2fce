"""The boxes a reader types into: lines of the language, image settings, and what is wrong with them."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import streamlit as st

from dashboards.query_params import text_from_url
from moat_lab.costs import Cost, cost
from moat_lab.data import dataset
from moat_lab.errors import UserError
from moat_lab.grammar import Network
from moat_lab.grammar.network import MAX_RESOLUTION

SETTING_KEYS = ("resolution", "classes", "channels")
"""Keys of the boxes and of the query parameters."""
_MOST = 100_000
"""Of classes and channels."""
_DEBOUNCE = "100ms"
"""After the last key. With 50 ms the page also runs between keys, for unfinished texts, and the cost of the
last text comes later: 707 ms in place of 302 on a busy machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSetting:
    """Height and width of the image (None is the network's design resolution), classes, channels."""

    resolution: tuple[int, int] | None = None
    num_classes: int = 1000
    in_chans: int = 3

    def cost(self, network: Network) -> Cost:
        """The exact cost of one image here."""
        return cost(network, self.resolution, num_classes=self.num_classes, in_chans=self.in_chans)


def parse_setting(resolution: str, classes: str, channels: str) -> InputSetting:
    """The setting in three boxes; an empty box means the default.

    Raises:
        UserError: a box has another text, or a number out of range.
    """
    return InputSetting(
        resolution=_resolution(resolution.strip()) if resolution.strip() else None,
        num_classes=_number(classes, "classes", 0) if classes.strip() else 1000,
        in_chans=_number(channels, "channels", 1) if channels.strip() else 3,
    )


def recipe_setting(recipe: Mapping[str, Any]) -> dict[str, str]:
    """The texts of the boxes for the images of a recipe."""
    texts = {"resolution": str(recipe.get("resolution", ""))}
    with suppress(UserError):  # the data set is not on this machine
        data = dataset(str(recipe.get("data")))
        texts |= {"classes": str(data.num_classes), "channels": str(data.in_chans)}
    return {name: text for name, text in texts.items() if text}


def setting_in_boxes() -> InputSetting | None:
    """The setting in the boxes, before they are drawn; None if one has a mistake."""
    for name in SETTING_KEYS:
        text_from_url(name)
    with suppress(UserError):
        return parse_setting(*(st.session_state[name] for name in SETTING_KEYS))
    return None


def draw_setting() -> None:
    """The boxes of `setting_in_boxes`, side by side; a mistake is shown under them."""
    with st.container(horizontal=True):
        st.text_input("Resolution", key="resolution", placeholder="as designed; or 224, 224x160", width=230)
        st.text_input("Classes", key="classes", placeholder="1000", width=110)
        st.text_input("Channels", key="channels", placeholder="3", width=110)
    try:
        parse_setting(*(st.session_state[name] for name in SETTING_KEYS))
    except UserError as error:
        draw_error("setting", error)


def _resolution(text: str) -> tuple[int, int]:
    sides = text.lower().removesuffix("px").strip().split("x")
    if len(sides) > 2 or not all(_is_number(side) and 1 <= int(side) <= MAX_RESOLUTION for side in sides):
        raise UserError(
            f"a resolution is a side such as 224, or height x width as 224x160, from 1 to {MAX_RESOLUTION} "
            f"pixels; got '{text}'"
        )
    return int(sides[0]), int(sides[-1])


def _number(text: str, what: str, least: int) -> int:
    if not _is_number(text.strip()) or not least <= int(text) <= _MOST:
        raise UserError(f"{what} are a whole number from {least} to {_MOST}; got '{text.strip()}'")
    return int(text)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 6


def text_box(label: str, key: str, *, help: str | None = None, placeholder: str | None = None) -> None:
    """A box that reruns the page while the reader types; `text_from_url` sets its text.

    Its state survives a run whose messages never reached the browser: the next run sends the text again.
    """
    st.text_input(label, key=key, help=help, placeholder=placeholder, live=_DEBOUNCE, persist_state="page")


def draw_error(box: str, error: UserError) -> None:
    """Below the box with key `box`; monospaced and not wrapped, so that the caret is under its column."""
    with st.container(key=f"error_{box}"):
        st.code(str(error), language=None)
