"""From the home page through the menu and back."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import wait_until_idle
from tests.browser.test_every_page import OBSERVE, VIEWPORTS, layout_shift, min_until


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


def test_a_phone_full_of_studies_does_not_move_while_it_loads(browser, address, write):
    """Each line held a link that was lower than what stood for it: the last of twelve moved by 240 pixels."""
    for i in range(12):
        write(f"study {i}", (0, 1))
    with browser.new_context(viewport=VIEWPORTS["phone"]) as context:
        context.add_init_script(OBSERVE)
        page = context.new_page()
        assert min_until(0.1, lambda: layout_shift(page, address)) < 0.1
