"""Every page that exists, and one more."""

import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest

from dashboards.page import Page, in_order, pages

ROOT = Path(__file__).parents[2]
OPEN = """\
import sys
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

folder, results, *names = sys.argv[1:]
for name in names:
    for root in results.split(":"):
        sys.argv = ["app.py", "--results", root]
        app = AppTest.from_file(f"{folder}/app.py", default_timeout=60)
        app._page_hash = calc_hash("" if name == "home" else name)
        app.run()
        print(name, app.title[0].value, len(app.exception), "torch" in sys.modules)
"""
MADE_UP = """\
import streamlit as st

from dashboards.page import Page

PAGE = Page(title="Added", draw=lambda roots: st.title("Added"))
"""


def opened(names: Iterable[str], *results: Path, folder: Path = ROOT / "dashboards") -> list[str]:
    """Name, title, number of exceptions, whether torch was loaded: of pages, for each results folder.

    One process opens them all, as a server does: a page that loads torch fails, and so do those behind it.
    """
    command = [sys.executable, "-c", OPEN, folder, ":".join(map(str, results)), *names]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


@pytest.fixture(scope="module")
def of_every_page(tmp_path_factory) -> list[str]:
    """What is said of every page, without studies and with some."""
    folder = tmp_path_factory.mktemp("pages")
    for study in ("ablate_order", "search_tiny_widths"):
        shutil.copytree(ROOT / "results" / study, folder / "results" / study)
    return opened(pages(), folder / "none", folder / "results")


def test_each_folder_with_a_page_file_is_a_page():
    assert "frontier" in pages()
    assert all(isinstance(page, Page) and page.title for page in pages().values())


def test_the_home_page_alone_is_at_the_start():
    assert [name for name, page in pages().items() if page.is_start] == ["home"]


def test_pages_stand_in_the_order_in_which_they_are_asked_for():
    names = ["home", "frontier", "ablation", "search", "architecture", "space", "provenance"]
    assert list(in_order(pages())) == names


def test_a_page_without_a_place_stands_last():
    placed = {name: Page(title=name, draw=print, place=place) for name, place in {"z": 1, "y": 2}.items()}
    assert list(in_order({"a": Page(title="a", draw=print), **placed})) == ["z", "y", "a"]


@pytest.mark.parametrize("name", pages())
def test_a_page_opens_without_studies_and_with_some_and_never_loads_torch(name, of_every_page):
    said = [line for line in of_every_page if line.startswith(f"{name} ")]
    assert said == [f"{name} {pages()[name].title} 0 False"] * 2


def test_a_new_folder_with_a_page_file_is_a_page(tmp_path):
    shutil.copytree(ROOT / "dashboards", tmp_path / "dashboards")
    (tmp_path / "dashboards" / "added").mkdir()
    (tmp_path / "dashboards" / "added" / "page.py").write_text(MADE_UP)
    said = opened(["added"], tmp_path / "none", folder=tmp_path / "dashboards")
    assert said == ["added Added 0 False"]
