"""The architecture page as a reader uses it."""

import pytest
from playwright.sync_api import Page, expect


def open_page(page: Page, address: str, query: str = "") -> None:
    page.goto(f"{address}/architecture{query}")
    expect(page.get_by_role("heading", name="Architecture")).to_be_visible()


def type_network(page: Page, text: str) -> None:
    page.get_by_label("Network", exact=True).fill(text)
    page.get_by_label("Network", exact=True).press("Enter")


def metrics(page: Page):
    return page.get_by_test_id("stMetricValue")


def test_a_typed_network_shows_its_cost_and_back_undoes_it(page, address):
    open_page(page, address)
    expect(metrics(page)).to_have_text(["775 M", "3.36 M", "10.2 M"])
    type_network(page, "stem(16, stride=1) | 2x mbconv+attn @32 for 16px")
    expect(metrics(page).nth(1)).to_have_text("60.9 k")
    page.wait_for_url("**text=stem**")
    expect(page.locator(".js-plotly-plot")).to_have_count(3)
    page.go_back()
    expect(metrics(page).nth(1)).to_have_text("3.36 M")


def test_a_mistake_shows_a_caret_under_its_place(page, address):
    open_page(page, address)
    type_network(page, "stem(8) | 1x mbconv(exapnd=4) @8")
    said = page.locator(".st-key-mistake_text")
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


def test_the_python_lines_are_a_file(page, address):
    open_page(page, address, "?text=moat_0")
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download moat_0.py").click()
    assert "timm.create_model('moat_0'" in downloading.value.path().read_text(encoding="utf-8")
