"""The space page as a reader uses it."""

import re

from playwright.sync_api import Page, expect


def open_page(page: Page, address: str, query: str = "") -> None:
    page.goto(f"{address}/space{query}")
    expect(page.get_by_role("heading", name="Space", exact=True)).to_be_visible()


def metrics(page: Page):
    return page.get_by_test_id("stMetricValue")


def test_a_budget_says_which_share_keeps_it(page, address):
    open_page(page, address)
    expect(metrics(page)).to_have_text(["120", "4"])
    page.get_by_label("Budgets").fill("macs <= 10M, params <= 400k")
    expect(metrics(page).nth(2)).to_have_text("50.8 %")
    page.wait_for_url("**budgets=macs**")


def test_an_error_shows_a_caret_under_its_place(page, address):
    open_page(page, address, "?space=stem(8) | 1x mbconv @w where v in {8}")
    lines = page.locator(".st-key-error_space code").inner_text().splitlines()
    assert lines[2].index("^") == lines[1].index("w where")


def test_another_is_drawn_and_opens_on_its_own_page(page, address):
    open_page(page, address)
    page.get_by_role("button", name="Another").click()
    page.wait_for_url("**seed=1**")
    link = page.get_by_role("link", name="Open its architecture")
    expect(link).to_have_attribute("href", re.compile("4x"))  # the address changes before the page does
    with page.expect_popup() as opening:
        link.click()
    other = opening.value
    expect(other.get_by_role("heading", name="Architecture")).to_be_visible()
    expect(other.get_by_label("Network", exact=True)).to_have_value(
        "stem(8, stride=1) | 1x mbconv @8(stride=1) | 3x mbconv @16 | 4x mbconv+attn(head=8) @32 for 16px"
    )
