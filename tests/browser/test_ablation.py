"""The ablation page as a reader uses it."""

from playwright.sync_api import expect


def test_effects_are_drawn_and_the_page_moves_on_while_the_study_runs(page, address, write):
    write("ablate_order", (0,))
    page.goto(f"{address}/ablation")
    expect(page.get_by_role("heading", name="Ablation")).to_be_visible()
    expect(page.get_by_text("3 of 6", exact=True)).to_be_visible()
    expect(page.get_by_text("3 still to run")).to_be_visible()
    write("ablate_order", (1,))
    expect(page.get_by_text("6 of 6", exact=True)).to_be_visible()
    expect(page.get_by_text("still to run")).to_have_count(0)
    expect(page.locator(".js-plotly-plot .xtitle")).to_have_text(
        ["effect on top-1, points (against mbconv+attn)"]
    )
