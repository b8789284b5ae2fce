"""Links from points on the chart to the architecture page: to one network, or two side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from dashboards.query_params import page_url


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedNetwork:
    """A network in a link: its text or name in the ZOO, and the image settings."""

    text: str
    setting: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A label, and a relative address."""

    label: str
    url: str


def architecture_links(
    selected: Sequence[LinkedNetwork], references: Mapping[str, LinkedNetwork]
) -> list[Link]:
    """To open one selected network, or compare it with those `references` (role -> network); to compare two.

    Without a selection the link is to the pick. For more than two there is none.
    """
    match selected:
        case [one]:
            return _of_one("selected network", one, references)
        case [one, other]:
            return [_compared("Compare the two selected networks", one, other)]
        case [] if "pick" in references:
            return _of_one("pick", references["pick"], references)
    return []


def draw_links(links: Sequence[Link]) -> None:
    """Side by side; nothing where there are none."""
    if links:
        with st.container(horizontal=True, key="links"):
            for link in links:
                st.link_button(link.label, link.url, icon=":material/open_in_new:")


def _of_one(what: str, one: LinkedNetwork, references: Mapping[str, LinkedNetwork]) -> list[Link]:
    link = Link(label=f"Open the {what}", url=page_url("architecture", text=one.text, **one.setting))
    others = {role: other for role, other in references.items() if other.text != one.text}
    return [link, *(_compared(f"Compare the {what} with the {r}", one, o) for r, o in others.items())]


def _compared(label: str, this: LinkedNetwork, other: LinkedNetwork) -> Link:
    """On images of the first: a comparison has one setting."""
    url = page_url("architecture", text=this.text, other=other.text, **this.setting)
    return Link(label=label, url=url)
