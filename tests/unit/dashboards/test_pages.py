"""Every page that exists."""

from dashboards import page_files
from dashboards.page import Page
from moat_lab.members import members


def test_each_file_is_a_page():
    pages = members(page_files, "PAGE")
    assert "frontier" in pages
    assert all(isinstance(page, Page) and page.title for page in pages.values())


def test_the_frontier_alone_is_at_the_start():
    pages = members(page_files, "PAGE")
    assert [name for name, page in pages.items() if page.is_start] == ["frontier"]
