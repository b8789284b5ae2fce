"""The search page as a reader uses it."""

import shutil
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import expect

import moat_lab
from moat_lab.records import ResultsFolder
from tests.browser.conftest import PLAN, VARIANTS, hover_over_the_pick, run, wait_until_idle
from tests.unit.dashboards.conftest import SEARCH

RESULTS = Path(moat_lab.__file__).parents[1] / "results"


def test_a_search_shows_its_pick_its_growth_and_its_factors(page, address, results):
    shutil.copytree(RESULTS / "search_tiny_widths", results / "search_tiny_widths")
    page.goto(f"{address}/search?study=search_tiny_widths")
    expect(page.get_by_role("heading", name="The pick")).to_be_visible()
    expect(page.get_by_text("this is the cheapest of them")).to_be_visible()
    expect(page.get_by_text("importance for top-1 (%)")).to_have_count(1)
    expect(page.get_by_role("slider")).to_be_visible()


def test_the_page_of_a_running_search_moves_on_its_own(page, address, results):
    def found(networks):
        plan = replace(PLAN, variants=VARIANTS[:networks], search=SEARCH, baseline="", seeds=(0,))
        ResultsFolder(results / "find").write_plan(plan)
        ResultsFolder(results / "find").evaluations.append(run(VARIANTS[networks - 1], 0))

    counted = page.get_by_test_id("stMetricValue")  # a row of the table says how many seeds of its network
    found(1)
    page.goto(f"{address}/search?study=find")
    expect(counted.get_by_text("1 of 1", exact=True)).to_be_visible()
    found(2)
    expect(counted.get_by_text("2 of 2", exact=True)).to_be_visible()
    expect(page.get_by_role("slider")).to_be_visible()
    found(3)
    expect(counted.get_by_text("3 of 3", exact=True)).to_be_visible()


def test_a_click_on_a_point_leaves_its_row_until_all_are_asked_for(page, address, results):
    plan = replace(PLAN, variants=VARIANTS, search=SEARCH, baseline="", seeds=(0,))
    ResultsFolder(results / "whole").write_plan(plan)
    for variant in VARIANTS:
        ResultsFolder(results / "whole").evaluations.append(run(variant, 0))
    page.goto(f"{address}/search?study=whole")
    wait_until_idle(page)
    hover_over_the_pick(page)
    page.mouse.down()
    page.mouse.up()
    expect(page.get_by_text("1 of 3 networks, as selected on the chart")).to_be_visible()
    page.wait_for_url("**chosen=**")
    page.get_by_role("button", name="Show all").click()
    expect(page.get_by_text("as selected on the chart")).to_have_count(0)
