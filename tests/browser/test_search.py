"""The search page as a reader uses it."""

import shutil
from pathlib import Path

from playwright.sync_api import expect

import moat_lab

RESULTS = Path(moat_lab.__file__).parents[1] / "results"


def test_a_search_shows_its_pick_its_growth_and_its_factors(page, address, results):
    shutil.copytree(RESULTS / "search_tiny_widths", results / "search_tiny_widths")
    page.goto(f"{address}/search?study=search_tiny_widths")
    expect(page.get_by_role("heading", name="The pick")).to_be_visible()
    expect(page.get_by_text("this is the cheapest of them")).to_be_visible()
    expect(page.get_by_text("importance for top-1 (%)")).to_have_count(1)
    expect(page.get_by_role("slider")).to_be_visible()
