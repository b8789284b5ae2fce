"""The architecture page as a reader uses it."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import wait_until_idle


def open_page(page: Page, address: str, query: str = "") -> None:
    page.goto(f"{address}/architecture{query}")
    expect(page.get_by_role("heading", name="Architecture")).to_be_visible()


def type_network(page: Page, text: str) -> None:
    """Key by key; nobody presses Enter."""
    box(page).select_text()
    box(page).press_sequentially(text, delay=20)


def box(page: Page, label: str = "Network"):
    return page.get_by_label(label, exact=True)


def metrics(page: Page):
    return page.get_by_test_id("stMetricValue")


def test_a_typed_network_shows_its_cost_and_back_undoes_it(page, address):
    open_page(page, address)
    expect(metrics(page)).to_have_text(["775 M", "3.36 M", "10.2 M", "13.2"])
    box(page).fill("stem(16, stride=1) | 2x mbconv+attn @32 for 16px")  # at once: a pause would be a step
    expect(metrics(page).nth(1)).to_have_text("60.9 k")
    page.wait_for_url("**for+16px")
    wait_until_idle(page)
    page.go_back()
    expect(metrics(page).nth(1)).to_have_text("3.36 M")
    expect(box(page)).to_have_value("tiny_moat_0")


def test_the_page_answers_while_one_types_and_the_caret_stays(page, address):
    open_page(page, address, "?text=moat_0")
    box(page).press("End")
    for key, params in (("Backspace", None), ("1", "41.6 M"), ("Backspace", None), ("2", "73.4 M")):
        box(page).press(key)
        expect(metrics(page)).to_have_count(4 if params else 0)
        if params:
            expect(metrics(page).nth(1)).to_have_text(params)
        expect(box(page)).to_be_focused()
    box(page).press("Home")
    page.keyboard.type("tiny_", delay=200)
    expect(box(page)).to_have_value("tiny_moat_2")
    expect(metrics(page).nth(1)).to_have_text("9.77 M")


def test_typed_texts_are_there_when_one_comes_back_from_another_page(page, address):
    open_page(page, address)
    type_network(page, "moat_1")
    box(page, "Compare with").press_sequentially("moat_0", delay=20)
    expect(page.get_by_role("heading", name="Compared")).to_be_visible()
    page.get_by_role("link", name="Space", exact=True).click()
    expect(page.get_by_role("heading", name="Space", exact=True)).to_be_visible()
    page.get_by_role("link", name="Architecture", exact=True).click()
    expect(box(page)).to_have_value("moat_1")
    expect(box(page, "Compare with")).to_have_value("moat_0")
    expect(page.get_by_role("heading", name="Compared")).to_be_visible()
    page.wait_for_url("**text=moat_1&other=moat_0**")


def test_an_error_shows_a_caret_under_its_place(page, address):
    open_page(page, address)
    type_network(page, "stem(8) | 1x mbconv(exapnd=4) @8")
    said = page.locator(".st-key-error_text")
    expect(said).to_contain_text("did you mean 'expand'?")
    lines = said.locator("code").inner_text().splitlines()
    assert lines[2].index("^") == lines[1].index("exapnd")
    expect(metrics(page)).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_shared_address_opens_two_networks(page, address, scheme):
    page.emulate_media(color_scheme=scheme)
    open_page(page, address, "?text=tiny_moat_1&other=tiny_moat_0&cost=params&by=layer")
    expect(page.get_by_role("heading", name="Compared")).to_be_visible()
    expect(metrics(page).nth(1)).to_have_text("5.12 M")
    expect(box(page, "Compare with")).to_have_value("tiny_moat_0")


def test_the_python_lines_are_a_file(page, address):
    open_page(page, address, "?text=moat_0")
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download moat_0.py").click()
    assert "timm.create_model('moat_0'" in downloading.value.path().read_text(encoding="utf-8")
