"""What a cost depends on beside the network: the image and the classes, as typed and as numbers."""

from dataclasses import dataclass

import streamlit as st

from dashboards.mistake import draw_error
from dashboards.query_params import text_from_url
from moat_lab.costs import Cost, cost
from moat_lab.errors import UserError
from moat_lab.grammar import Network
from moat_lab.grammar.network import MAX_RESOLUTION

SETTING_KEYS = ("resolution", "classes", "channels")
"""Keys of the boxes, and of the address."""
_MOST = 100_000
"""Classes and channels."""


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
    """The setting that three boxes say; an empty one says nothing.

    Raises:
        UserError: a box holds something else, or a number that cannot be.
    """
    return InputSetting(
        resolution=_resolution(resolution.strip()) if resolution.strip() else None,
        num_classes=_number(classes, "classes", 0) if classes.strip() else 1000,
        in_chans=_number(channels, "channels", 1) if channels.strip() else 3,
    )


def _draw_setting() -> tuple[str, str, str]:
    """The three boxes, side by side; what they hold."""
    for name in SETTING_KEYS:
        text_from_url(name)
    with st.container(horizontal=True):
        st.text_input("Resolution", key="resolution", placeholder="as designed; or 224, 224x160", width=230)
        st.text_input("Classes", key="classes", placeholder="1000", width=110)
        st.text_input("Channels", key="channels", placeholder="3", width=110)
    return st.session_state["resolution"], st.session_state["classes"], st.session_state["channels"]


def chosen_setting() -> InputSetting | None:
    """The boxes, and what they say; None where one holds a mistake, which is then shown under them."""
    try:
        return parse_setting(*_draw_setting())
    except UserError as error:
        draw_error("setting", error)
        return None


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
