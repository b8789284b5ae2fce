"""What the `page.py` of a folder defines, and what Streamlit makes of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import streamlit as st

from dashboards.query_params import current_value, forget_widgets_of_other_pages
from dashboards.study_names import KnownStudies, known_studies

if TYPE_CHECKING:
    from streamlit.navigation.page import StreamlitPage

_BUILT = "pages"
"""Session state: name -> what Streamlit made of it."""
_MENU_HEIGHT = 44
"""Pixels, from the start: a line that grows moves the whole page."""


def no_study(known: KnownStudies) -> str:
    """Of a page without studies."""
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`draw` is given the folders that hold results folders.

    There is no icon: Streamlit makes it the browser's too, and fetches that from a server elsewhere.
    """

    title: str
    draw: Callable[[tuple[Path, ...]], None]
    is_start: bool = False
    """Whether it is the one at the address `/`."""
    place: int = 100
    """Position in the navigation, from the left; equal ones by name."""
    first_study: Callable[[KnownStudies], str] = no_study
    """Which study it shows where none is chosen; empty for a page without studies."""


def pages() -> dict[str, Page]:
    """Folder name -> the `PAGE` that its `page.py` defines.

    No folder is called `pages`: Streamlit runs the files of a folder of that name by themselves.
    """
    folders = sorted(file.parent.name for file in Path(__file__).parent.glob("*/page.py"))
    return {name: import_module(f"dashboards.{name}.page").PAGE for name in folders}


def in_order(pages: Mapping[str, Page]) -> dict[str, Page]:
    """Name -> page, from the left."""
    return dict(sorted(pages.items(), key=lambda item: (item[1].place, item[0])))


def streamlit_page(name: str, page: Page, roots: tuple[Path, ...]) -> "StreamlitPage":
    """The page at the address `/name`; the one to start with is at `/`."""
    return st.Page(partial(page.draw, roots), title=page.title, url_path=name, default=page.is_start)


def navigate(roots: tuple[Path, ...]) -> None:
    """Draws the menu and the page that is asked for.

    The menu is ours: its links carry the study (docs/decisions/0042), the chosen or the first one.
    A page that has to write its study into its address takes two steps of the browser's history.
    """
    all_pages = in_order(pages())
    built = {name: streamlit_page(name, page, roots) for name, page in all_pages.items()}
    st.session_state[_BUILT] = built
    chosen = st.navigation(list(built.values()), position="hidden")
    forget_widgets_of_other_pages(chosen.url_path)
    with st.container(
        horizontal=True,
        wrap=False,
        gap="xsmall",
        height=_MENU_HEIGHT,
        border=False,
        vertical_alignment="center",
        key="menu",
    ):
        known = None if current_value("study") else known_studies(roots)
        for name, page in all_pages.items():
            study = page.first_study(known) if known else current_value("study")
            link_to(name, width=link_width(page.title), study=study)
    chosen.run()


def link_width(title: str) -> int:
    """Pixels, known before the link is loaded: what is beside it must not move sideways."""
    return 20 + 7 * len(title)


def link_to(
    name: str, label: str | None = None, *, width: int | Literal["content"] = "content", **params: str
) -> None:
    """A link to a page, in this tab; with the chosen study, unless `params` say another."""
    params = {"study": current_value("study")} | params
    page = st.session_state[_BUILT][name]
    said = {key: value for key, value in params.items() if value}
    st.page_link(page, label=label, query_params=said, width=width)
