"""From the home page through the menu and back."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import wait_until_idle


def heading(page: Page, name: str) -> None:
    expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()


def test_the_menu_carries_the_study_and_back_takes_one_step_a_page(page, address, write):
    write("ablate_order", (0, 1))
    write("another", (0, 1))
    page.goto(address)
    heading(page, "Studies")
    page.get_by_role("link", name="another").click()
    for name in ("Ablation", "Provenance"):
        if name != "Ablation":
            page.get_by_role("link", name=name, exact=True).click()
        heading(page, name)
        expect(page.get_by_role("combobox", name="Study")).to_have_value("another")
        page.wait_for_url(f"**/{name.lower()}?study=another")
        wait_until_idle(page)
    for name in ("Ablation", "Studies"):
        page.go_back()
        heading(page, name)
