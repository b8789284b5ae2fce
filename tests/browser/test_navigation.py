"""Ways through the dashboard: Back and Forward, any address, impatience, and a keyboard alone."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import wait_until_idle

STEPS = ("Frontier", "Ablation", "Search", "Provenance", "Space") * 2
EVERYTHING = (
    "study=ablate_order&cost=params&scale=log&chosen=000000000002&max_macs=41M&trial=2&by=layer"
    "&network=attn%2Bmlp&seed=1"
)
"""The parameters of all pages at once; `seed` is a training's here and a draw's there."""


@pytest.fixture(autouse=True, scope="module")
def studies(write):
    write("ablate_order", (0, 1))
    write("another", (0, 1))


def heading(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()


def focused(page: Page) -> str:
    """What the element with the focus is called: its label, or its text."""
    return str(page.evaluate("() => document.activeElement.ariaLabel ?? document.activeElement.innerText"))


def tab_to(page: Page, name: str) -> None:
    for _ in range(30):
        page.keyboard.press("Tab")
        if focused(page) == name:
            return
    raise AssertionError(f"30 times Tab do not reach {name}")


def test_ten_steps_back_and_forward(page, address):
    page.goto(address)
    heading(page, "Studies")
    for name in STEPS:
        page.get_by_role("link", name=name, exact=True).click()
        heading(page, name)
        wait_until_idle(page)
    for name in (*reversed(STEPS[:-1]), "Studies"):
        page.go_back()
        heading(page, name)
    for name in STEPS:
        page.go_forward()
        heading(page, name)


@pytest.mark.parametrize(
    "name", ["frontier", "ablation", "search", "architecture", "space", "provenance", ""]
)
def test_a_page_opens_with_the_parameters_of_all_others(page, address, name):
    page.goto(f"{address}/{name}?{EVERYTHING}")
    heading(page, name.capitalize() or "Frontier")
    wait_until_idle(page)
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_a_page_that_is_run_again_and_again_while_it_loads_is_there_in_the_end(browser, address):
    page = browser.new_page()  # its console says that a key came before the connection
    page.goto(f"{address}/frontier?study=ablate_order", wait_until="commit")
    for _ in range(12):
        page.keyboard.press("r")
        page.wait_for_timeout(150)
    heading(page, "Frontier")
    expect(page.locator(".js-plotly-plot .scatterlayer .point")).to_have_count(3)
    expect(page.get_by_test_id("stException")).to_have_count(0)
    page.close()


def test_keys_alone_open_a_page_and_choose_a_study(page, address):
    page.goto(address)
    heading(page, "Studies")
    wait_until_idle(page)
    tab_to(page, "Frontier")
    page.keyboard.press("Enter")
    heading(page, "Frontier")
    expect(page.get_by_role("combobox", name="Study")).to_have_value("ablate_order")
    wait_until_idle(page)
    tab_to(page, "Study")
    page.keyboard.type("another")
    page.keyboard.press("Enter")
    page.wait_for_url("**study=another")
    expect(page.get_by_role("combobox", name="Study")).to_have_value("another")
