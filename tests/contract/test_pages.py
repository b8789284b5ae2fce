"""Every page that exists, and one more."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dashboards.page import Page, in_order, pages

ROOT = Path(__file__).parents[2]
OPEN = """\
import sys
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

folder, address, *results = sys.argv[1:]
for root in results:
    sys.argv = ["app.py", "--results", root]
    app = AppTest.from_file(f"{folder}/app.py", default_timeout=60)
    app._page_hash = calc_hash(address)
    app.run()
    print(app.title[0].value, len(app.exception), "torch" in sys.modules)
"""
MADE_UP = """\
import streamlit as st

from dashboards.page import Page

PAGE = Page(title="Added", draw=lambda roots: st.title("Added"))
"""


def opened(name: str, *results: Path, folder: Path = ROOT / "dashboards") -> list[str]:
    """Title, number of exceptions, whether torch was loaded: of a page, for each results folder."""
    address = "" if name == "home" else name
    command = [sys.executable, "-c", OPEN, folder, address, *results]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


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
def test_a_page_opens_without_studies_and_with_some_and_never_loads_torch(name, tmp_path):
    for study in ("ablate_order", "search_tiny_widths"):
        shutil.copytree(ROOT / "results" / study, tmp_path / "results" / study)
    title = pages()[name].title
    said = opened(name, tmp_path / "none", tmp_path / "results")
    assert said == [f"{title} 0 False", f"{title} 0 False"]


def test_a_new_folder_with_a_page_file_is_a_page(tmp_path):
    shutil.copytree(ROOT / "dashboards", tmp_path / "dashboards")
    (tmp_path / "dashboards" / "added").mkdir()
    (tmp_path / "dashboards" / "added" / "page.py").write_text(MADE_UP)
    assert opened("added", tmp_path / "none", folder=tmp_path / "dashboards") == ["Added 0 False"]
