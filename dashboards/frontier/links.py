"""From points on the chart to the architecture page: one opened, or two side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from dashboards.query_params import page_url


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedNetwork:
    """A network as a link says it: its text, or a name of the ZOO, and the image that it is for."""

    text: str
    setting: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A label, and a relative address."""

    label: str
    url: str


def architecture_links(selected: Sequence[LinkedNetwork], beside: Mapping[str, LinkedNetwork]) -> list[Link]:
    """To open one selected network, or compare it with those `beside` (role -> network); to compare two.

    Where nothing is selected, the pick can be opened. Of more than two there is no link.
    """
    match selected:
        case [one]:
            return _of_one("selected network", one, beside)
        case [one, other]:
            return [_compared("Compare the two selected networks", one, other)]
        case [] if "pick" in beside:
            return _of_one("pick", beside["pick"], beside)
    return []


def draw_links(found: Sequence[Link]) -> None:
    """Side by side; nothing where there are none."""
    if found:
        with st.container(horizontal=True, key="links"):
            for link in found:
                st.link_button(link.label, link.url, icon=":material/open_in_new:")


def _of_one(what: str, one: LinkedNetwork, beside: Mapping[str, LinkedNetwork]) -> list[Link]:
    opened = Link(label=f"Open the {what}", url=page_url("architecture", text=one.text, **one.setting))
    others = {role: other for role, other in beside.items() if other.text != one.text}
    return [opened, *(_compared(f"Compare the {what} with the {r}", one, o) for r, o in others.items())]


def _compared(label: str, this: LinkedNetwork, other: LinkedNetwork) -> Link:
    """On images of the first: a comparison has one setting."""
    url = page_url("architecture", text=this.text, other=other.text, **this.setting)
    return Link(label=label, url=url)
