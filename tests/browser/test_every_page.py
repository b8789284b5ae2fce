"""Each page on a desktop and on a phone: what axe-core finds, the layout shift, where the chart begins."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

import moat_lab
from tests.browser.conftest import wait_until_idle

RESULTS = Path(moat_lab.__file__).parents[1] / "results"
PAGES = {
    "home": "",
    "frontier": "frontier?study=ablate_order",
    "published": "frontier?study=published:imagenet1k",
    "search": "search?study=search_tiny_widths",
    "ablation": "ablation?study=ablate_order",
    "architecture": "architecture?text=tiny_moat_1&other=tiny_moat_0",
    "space": "space",
    "provenance": "provenance?study=search_tiny_widths",
}
VIEWPORTS = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}
SCHEMES = ("light", "dark")
AXE = "axe_playwright_python"
TRIES = 3
"""On a busy machine a browser may get the page's width and its content in one frame: that alone is 0.2."""
OBSERVE = """
window.shift = 0;
new PerformanceObserver(list => list.getEntries().forEach(entry => {
  if (!entry.hadRecentInput) window.shift += entry.value;
})).observe({ type: 'layout-shift', buffered: true });
"""
CHART_TOP = "() => document.querySelector('.js-plotly-plot')?.getBoundingClientRect().top ?? 0"
SERIOUS = """() => axe.run(document, { resultTypes: ['violations'] }).then(found => found.violations
  .filter(rule => ['serious', 'critical'].includes(rule.impact))
  .map(rule => `${rule.id} (${rule.nodes.length}): ${rule.nodes[0].html}`))"""
"""What keeps readers out: the rule, how many elements, the first of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What was measured of one page.

    Args:
        shift: the cumulative layout shift while it loaded.
        chart_top: pixels from the top to its first chart; 0 without one.
        serious: what axe-core finds in each theme; empty where there is no axe-core.
    """

    shift: float
    chart_top: float
    serious: tuple[str, ...]


@pytest.fixture(scope="module", params=list(VIEWPORTS))
def visits(request, browser: Browser, address, results, write) -> Iterator[Mapping[str, Visit]]:
    """Name of a page -> its visit, for one viewport: all tests read the same ones."""
    write("ablate_order", (0, 1))
    shutil.copytree(RESULTS / "search_tiny_widths", results / "search_tiny_widths", dirs_exist_ok=True)
    with browser.new_context(viewport=VIEWPORTS[request.param]) as context:
        context.add_init_script(OBSERVE)
        yield {name: visit(context, f"{address}/{path}") for name, path in PAGES.items()}


def visit(context: BrowserContext, url: str) -> Visit:
    page = context.new_page()
    shift = min_until(0.1, lambda: layout_shift(page, url))
    seen = Visit(shift=shift, chart_top=page.evaluate(CHART_TOP), serious=serious(page))
    page.close()
    return seen


def layout_shift(page: Page, url: str) -> float:
    page.goto(url)
    wait_until_idle(page)
    page.wait_for_load_state("networkidle")
    return float(page.evaluate("() => window.shift"))


def serious(page: Page) -> tuple[str, ...]:
    if not find_spec(AXE):
        return ()
    from axe_playwright_python.base import AXE_FILE_PATH

    page.evaluate(Path(AXE_FILE_PATH).read_text(encoding="utf-8"))
    found = []
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(300)  # the page learns of the theme and runs once more
        wait_until_idle(page)
        found += [f"{scheme}: {violation}" for violation in page.evaluate(SERIOUS)]
    return tuple(found)


def min_until(enough: float, measure) -> float:
    """The least of a few measurements, of which one below `enough` is the last."""
    values: list[float] = []
    while len(values) < TRIES and (not values or values[-1] >= enough):
        values.append(measure())
    return min(values)


@pytest.mark.skipif(not find_spec(AXE), reason="needs axe-playwright-python")
def test_axe_finds_nothing_serious_in_either_theme(visits):
    assert {name: seen.serious for name, seen in visits.items()} == dict.fromkeys(PAGES, ())


def test_a_page_does_not_move_while_it_loads(visits):
    """Below 0.1, the bound of a good cumulative layout shift (web.dev, CLS)."""
    assert {name: seen.shift for name, seen in visits.items() if seen.shift >= 0.1} == {}


def test_the_chart_begins_within_the_first_500_pixels(visits):
    assert {name: seen.chart_top for name, seen in visits.items() if seen.chart_top > 500} == {}
