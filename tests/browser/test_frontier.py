"""The frontier page as a reader uses it, in the order in which a study grows."""

from io import StringIO

import pandas as pd
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import POINTS, hover_over_the_pick, wait_until_idle

TITLE = ".js-plotly-plot .xtitle"  # compared with a list of one: a chart may be there twice for a moment


BAR = ".js-plotly-plot .colorbar"
CONTRASTS = """texts => {
  const luminance = colour => colour.match(/[\\d.]+/g).slice(0, 3).map(c => c / 255)
    .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const page = luminance(getComputedStyle(document.querySelector('[data-testid="stApp"]')).backgroundColor);
  return texts.map(text => luminance(getComputedStyle(text).fill))
    .map(l => (Math.max(l, page) + 0.05) / (Math.min(l, page) + 0.05));
}"""
"""Of each text against the page: WCAG's ratio."""


def open_page(page: Page, url: str) -> None:
    page.goto(url)
    expect(page.get_by_role("heading", name="Frontier")).to_be_visible()


def finished_page(page: Page, address: str, write, query: str = "?study=ablate_order") -> None:
    write("ablate_order", (0, 1))
    open_page(page, f"{address}/{query}")
    expect(page.locator(POINTS)).to_have_count(3)


@pytest.mark.slow
def test_a_study_appears_and_grows_on_an_open_page(page, address, write):
    open_page(page, f"{address}/frontier")
    expect(page.get_by_text("python -m moat_lab.study ablate_order")).to_be_visible()
    write("ablate_order", ())
    expect(page.get_by_text("0 of 6", exact=True)).to_be_visible()
    write("ablate_order", (0,))
    expect(page.get_by_text("3 of 6", exact=True)).to_be_visible()
    expect(page.locator(POINTS)).to_have_count(3)
    write("ablate_order", (1,))
    expect(page.get_by_text("6 of 6", exact=True)).to_be_visible()
    expect(page.get_by_text("refreshes every")).to_have_count(0)


def test_plotly_is_asked_for_before_the_sliders_and_the_table_last(page, address, write):
    """A busy browser may draw the page before it knows of the chart ahead: so once of five times."""
    finished_page(page, address, write)
    asked = [parts_asked_for(page)]
    while asked[-1].index("PlotlyChart") > asked[-1].index("Slider") and len(asked) < 5:
        page.reload()
        asked.append(parts_asked_for(page))
    assert asked[-1].index("PlotlyChart") < asked[-1].index("Slider")
    assert {parts[-1] for parts in asked} == {"DataFrame"}


def parts_asked_for(page: Page) -> list[str]:
    """Of the code of some of the page's parts, in order; a part has more than one file."""
    wait_until_idle(page)
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    names = page.evaluate("performance.getEntriesByType('resource').map(e => e.name.split('/').pop())")
    parts = dict.fromkeys(name.split(".")[0] for name in names)
    return [part for part in parts if part in {"PlotlyChart", "PageLink", "Selectbox", "Slider", "DataFrame"}]


def test_a_text_from_a_file_is_no_html(page, address, write):
    finished_page(page, address, write)
    expect(page.get_by_text("Does <b>convolution</b> belong before attention?")).to_be_visible()


def test_another_cost_changes_the_axis_and_the_address_and_back_undoes_it(page, address, write):
    finished_page(page, address, write)
    expect(page.locator(TITLE)).to_have_text(["cost (MMACs)"])
    page.get_by_role("radio", name="parameters").click()
    expect(page.locator(TITLE)).to_have_text(["parameters (k)"])
    page.wait_for_url("**cost=params**")
    page.go_back()
    expect(page.locator(TITLE)).to_have_text(["cost (MMACs)"])


def test_a_shared_address_opens_what_it_says(page, address, write):
    finished_page(page, address, write, "?study=ablate_order&cost=activations&scale=log")
    expect(page.locator(TITLE)).to_have_text(["activations (k)"])


def test_a_column_colours_the_points_and_is_in_the_address_and_back_undoes_it(page, address, write):
    finished_page(page, address, write)
    expect(page.locator(BAR)).to_have_count(0)
    wait_until_idle(page)
    page.get_by_role("combobox", name="Colour by").click()
    page.get_by_role("option", name="parameters").click()
    expect(page.locator(BAR)).to_have_count(1)
    page.wait_for_url("**colour=params**")
    page.go_back()
    expect(page.locator(BAR)).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_bar_of_colours_is_readable_in_either_theme(page, address, write, scheme):
    page.emulate_media(color_scheme=scheme)
    finished_page(page, address, write, "?study=ablate_order&colour=params")
    expect(page.locator(f"{BAR} text")).to_have_text(["860", "980", "981", "parameters (k)"])
    assert min(page.locator(f"{BAR} text").evaluate_all(CONTRASTS)) >= 4.5


def test_a_click_on_a_point_leaves_its_row(page, address, write):
    finished_page(page, address, write)
    wait_until_idle(page)
    hover_over_the_pick(page)
    page.mouse.down()
    page.mouse.up()
    expect(page.get_by_text("1 of 3 networks, as selected on the chart")).to_be_visible()


def test_the_csv_has_a_row_for_each_variant_with_all_digits(page, address, write):
    finished_page(page, address, write)
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download CSV").click()
    assert downloading.value.suggested_filename == "ablate_order.csv"
    rows = pd.read_csv(StringIO(downloading.value.path().read_text(encoding="utf-8")))
    assert rows["order"].tolist() == ["mbconv+attn", "attn+mbconv", "attn+mlp"]
    assert rows["top1"].tolist() == pytest.approx([0.9148, 0.91481, 0.9136], abs=1e-12)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_baseline_stands_out_in_either_theme(page, address, write, scheme):
    page.emulate_media(color_scheme=scheme)
    finished_page(page, address, write)
    expected = {"light": "rgb(0, 0, 0)", "dark": "rgb(255, 255, 255)"}[scheme]
    expect(page.locator(f'{POINTS}[style*="fill: {expected}"]')).to_have_count(1)


def test_the_figure_is_an_svg_of_what_is_shown(page, address, write):
    finished_page(page, address, write, "?study=ablate_order&cost=params&max_params=900k")
    with page.expect_download() as downloading:
        page.get_by_role("button", name="Download SVG").click()
    assert downloading.value.suggested_filename == "ablate_order_params.svg"
    drawn = downloading.value.path().read_text(encoding="utf-8")
    assert "<svg" in drawn
    assert "stroke: #cc79a7" in drawn  # the ring of the pick
    assert "fill: #f0f0f0" in drawn  # what is beyond the budget


def test_a_budget_slider_moves_the_pick_and_the_address(page, address, write):
    finished_page(page, address, write)
    slider = page.get_by_role("slider", name="MACs, at most")
    slider.press("Home")
    expect(page.get_by_text("One network is under the budget")).to_be_visible()
    page.wait_for_url("**max_macs=35M**")
    expect(page.locator(".js-plotly-plot .annotation-text", has_text="pick: attn+mlp").first).to_be_visible()


def test_published_models_are_drawn_and_filtered(page, address, write):
    write("ablate_order", (0, 1))
    open_page(page, f"{address}/?study=published:imagenet1k&families=MOAT,tiny-MOAT")
    expect(page.locator(POINTS)).to_have_count(26)
    expect(page.locator(TITLE)).to_have_text(["cost (GMACs)"])


def test_a_selected_point_opens_as_an_architecture(page, address, write):
    finished_page(page, address, write, f"?study=ablate_order&chosen={2:012x}")
    with page.expect_popup() as opening:
        page.get_by_role("link", name="Compare the selected network with the baseline").click()
    expect(opening.value.get_by_role("heading", name="Architecture", exact=True)).to_be_visible()
    for label, order in (("Network", "attn+mlp"), ("Compare with", "mbconv+attn")):
        box = opening.value.get_by_label(label, exact=True)
        expect(box).to_have_value(f"stem(16) | 1x {order} @32")
    assert "text=stem%2816%29+%7C+1x+attn%2Bmlp+%4032&other=stem%2816%29+%7C+1x+mbconv" in opening.value.url
