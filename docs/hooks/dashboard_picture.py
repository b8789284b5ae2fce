"""Draws docs/dashboard.png: the frontier of a committed search, with a budget.

python docs/hooks/dashboard_picture.py

Needs Debian's chromium, and what `make test` installs.
"""

import shutil
from pathlib import Path

from playwright.sync_api import sync_playwright

from benchmarks.dashboard import APP, DRAWN, FLAGS, Server, running

ROOT = Path(__file__).parents[2]
PATH = "/frontier?study=search_tiny_widths&max_macs=1.5M"
WIDTH, HEIGHT = 1280, 970
"""Pixels."""


def main() -> None:
    server = Server(name="docs", command=(str(APP), "--", "--results", str(ROOT / "results")), path=PATH)
    with running(server) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT})
        page.goto(f"{address}{PATH}")
        page.wait_for_function(DRAWN)
        page.get_by_text("Colour by").wait_for()
        page.wait_for_timeout(2000)  # fonts
        page.screenshot(path=ROOT / "docs" / "dashboard.png")
        browser.close()


if __name__ == "__main__":
    main()
