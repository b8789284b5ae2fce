"""Every page that exists."""

import subprocess
import sys
from pathlib import Path

import pytest

from dashboards import page_files
from dashboards.page import Page, in_order
from moat_lab.members import members

APP = Path(__file__).parents[3] / "dashboards" / "app.py"
EVERY_PAGE = pytest.mark.parametrize(
    ("name", "title"), [(name, page.title) for name, page in members(page_files, "PAGE").items()]
)


def test_each_file_is_a_page():
    pages = members(page_files, "PAGE")
    assert "frontier" in pages
    assert all(isinstance(page, Page) and page.title for page in pages.values())


def test_the_frontier_alone_is_at_the_start():
    pages = members(page_files, "PAGE")
    assert [name for name, page in pages.items() if page.is_start] == ["frontier"]


def test_pages_stand_in_the_order_in_which_they_are_asked_for():
    pages = in_order(members(page_files, "PAGE"))
    assert list(pages) == ["frontier", "ablation", "search", "architecture", "space", "provenance"]


def test_a_page_without_a_place_stands_last():
    pages = {name: Page(title=name, draw=print, place=place) for name, place in {"z": 1, "y": 2}.items()}
    assert list(in_order({"a": Page(title="a", draw=print), **pages})) == ["z", "y", "a"]


@EVERY_PAGE
def test_a_page_opens_by_its_name_where_nothing_is_there_yet(open_app, name, title):
    app = open_app("" if name == "frontier" else name)
    assert not app.exception
    assert app.title[0].value == title


@EVERY_PAGE
def test_a_page_never_loads_torch(full, tmp_path, name, title):
    script = (
        "import sys; from streamlit.testing.v1 import AppTest; from streamlit.util import calc_hash\n"
        "app, sys.argv, name = sys.argv[1], ['app.py', '--results', sys.argv[2]], sys.argv[3]\n"
        "page = AppTest.from_file(app, default_timeout=60)\n"
        "page._page_hash = calc_hash('' if name == 'frontier' else name)\n"
        "page.run()\n"
        "print(page.title[0].value, bool(page.exception), 'torch' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, APP, tmp_path, name], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == [title, "False", "False"]
