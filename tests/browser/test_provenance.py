"""The provenance page as a reader uses it."""

import shutil

from playwright.sync_api import Page, expect


def open_page(page: Page, address: str, query: str = "") -> None:
    page.goto(f"{address}/provenance{query}")
    expect(page.get_by_role("heading", name="Provenance")).to_be_visible()


def test_another_seed_shows_its_evaluation_and_back_undoes_it(page, address, write):
    write("ablate_order", (0, 1))
    open_page(page, address, "?study=ablate_order&network=attn%2Bmlp")
    expect(page.get_by_text("seed=0")).to_be_visible()
    page.get_by_role("radio", name="1", exact=True).click()
    expect(page.get_by_text("seed=1")).to_be_visible()
    page.wait_for_url("**seed=1**")
    page.go_back()
    expect(page.get_by_text("seed=0")).to_be_visible()
    expect(page.get_by_text("python -m moat_lab.study ablate_order")).to_be_visible()


def test_the_recipe_is_a_file(page, address, write):
    write("ablate_order", (0,))
    open_page(page, address)
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download recipe_beef.yaml").click()
    assert downloading.value.suggested_filename == "recipe_beef.yaml"


def test_a_new_evaluation_appears_on_an_open_page_and_the_last_ends_the_wait(page, address, results, write):
    shutil.rmtree(results / "ablate_order", ignore_errors=True)
    write("ablate_order", (0,))
    open_page(page, address, "?study=ablate_order&network=attn%2Bmlp")
    expect(page.get_by_text("3 still to run")).to_be_visible()
    expect(page.get_by_role("radio", name="1", exact=True)).to_have_count(0)
    write("ablate_order", (1,))
    expect(page.get_by_role("radio", name="1", exact=True)).to_be_visible()
    expect(page.get_by_text("still to run")).to_have_count(0)
    expect(page.get_by_text("seed=0")).to_be_visible()
