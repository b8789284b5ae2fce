"""Time from a request to a drawn frontier in Chromium, beside a bare Streamlit page with as many points.

python benchmarks/dashboard.py [--sizes 100,10000,100000] [--repeats 5] [--cold 3]
python benchmarks/dashboard.py --typing [--repeats 10]: from the last key of a network to its cost on the page

The bare page reads one ready CSV and draws it with plotly express. Both are asked in turn. Warm: the server
has served the page before, to another browser profile. Cold: the first page of a new server, with the derived
tables that an earlier one left; `first` is without them. It needs chromium on the PATH.
"""

from __future__ import annotations

import argparse
import platform
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.many_evaluations import make_study, write_csv
from moat_lab.device import processor

APP = Path(__file__).parents[1] / "dashboards" / "app.py"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
BARE = """\
import sys

import pandas as pd
import plotly.express as px
import streamlit as st

st.set_page_config(layout="wide")
st.title("Bare")
st.plotly_chart(px.scatter(pd.read_csv(sys.argv[1]), x="macs", y="top1"), width="stretch")
"""
DRAWN = """() => {
  const plot = document.querySelector('.js-plotly-plot');
  if (!plot || !plot.calcdata || !plot.querySelector('.xtick') || !plot._fullData) return 0;
  const points = plot._fullData.filter(t => /markers/.test(t.mode)).reduce((n, t) => n + t._length, 0);
  const marks = plot.querySelector('.scatterlayer .point') || plot.querySelector('canvas.gl-canvas');
  return marks ? points : 0;
}"""
"""How many points a chart has, once it is there."""
NAMES = ("moat_1", "tiny_moat_1", "moat_2", "tiny_moat_2", "moat_3", "tiny_moat_3")
"""Nothing that they begin with is a network; neighbours cost different amounts."""
ANSWERED = """() => {
  const metrics = () => [...document.querySelectorAll('[data-testid="stMetricValue"]')];
  const said = () => metrics().map(metric => metric.innerText).join();
  const before = said();
  let last = 0;
  window.addEventListener('keydown', () => { last = performance.now(); }, { capture: true });
  window.answered_ms = new Promise(done => {
    const answered = () => said() && said() !== before;
    const look = () => answered() ? done(performance.now() - last) : requestAnimationFrame(look);
    look();
  });
}"""
"""Promises the time from the last key to the frame that has other numbers than now."""


@dataclass(frozen=True)
class Server:
    """A page that can be started; `path` is what is asked of it."""

    name: str
    command: tuple[str, ...]
    path: str = "/"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="100,10000,100000")
    parser.add_argument("--repeats", type=int, default=5, help="pages, or with --typing names")
    parser.add_argument("--cold", type=int, default=3, help="servers started of each kind")
    parser.add_argument("--typing", action="store_true", help="the architecture page instead")
    asked = parser.parse_args()
    chromium = shutil.which("chromium")
    assert chromium, "needs chromium on the PATH"
    print(header(), flush=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        if asked.typing:
            measure_typing(browser, asked.repeats)
        else:
            measure_sizes(browser, list(map(int, asked.sizes.split(","))), asked.repeats, asked.cold)
        browser.close()


def header() -> str:
    """Machine, versions, commit."""
    names = ("streamlit", "plotly", "pandas", "pyarrow")
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=APP.parent, capture_output=True, text=True
    )
    return f"{processor()}, Python {platform.python_version()}, {versions}, commit {commit.stdout.strip()}"


def measure_typing(browser: Browser, repeats: int) -> None:
    """Types one name after the other into a page that is open."""
    with tempfile.TemporaryDirectory() as empty:
        ours = Server("ours", (str(APP), "--", "--results", empty), path="/architecture")
        with running(ours) as address:
            page = browser.new_page(viewport={"width": 1280, "height": 1400})
            page.goto(f"{address}{ours.path}")
            page.locator(".js-plotly-plot").nth(2).wait_for(timeout=300_000)
            times = [answered_ms(page, NAMES[i % len(NAMES)]) for i in range(repeats + 1)][1:]
    said = " ".join(f"{time:.0f}" for time in times)
    print(
        f"ms from the last key to the changed cost; median of {repeats}, 60 ms between keys, after one more"
    )
    print(f"  {statistics.median(times):.0f} [{said}]", flush=True)


def answered_ms(page: Page, name: str) -> float:
    """Selects what is in the box, types the name, and leaves the page time to come to rest."""
    box = page.get_by_label("Network", exact=True)
    box.select_text()
    page.evaluate(ANSWERED)
    box.press_sequentially(name, delay=60)
    time_ms = page.evaluate("() => window.answered_ms")
    page.wait_for_timeout(2500)
    return float(time_ms)


def measure_sizes(browser: Browser, sizes: list[int], repeats: int, cold: int) -> None:
    print(
        f"seconds from request to drawn chart; medians of {repeats} warm and {cold} cold alternating rounds"
    )
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            measure(browser, Path(folder), size, repeats, cold)


def measure(browser: Browser, folder: Path, size: int, repeats: int, cold: int) -> None:
    """Prints the lines of one size."""
    results = folder / "results"
    make_study(results / "many", size)
    write_csv(results / "many", folder / "many.csv")
    (folder / "bare.py").write_text(BARE, encoding="utf-8")
    ours = Server("ours", (str(APP), "--", "--results", str(results)), path="/frontier")
    bare = Server("bare", (str(folder / "bare.py"), "--", str(folder / "many.csv")))
    first, points = opened(browser, ours)
    print(f"{size:,} evaluations: first {first:.2f} s, {points:,} points drawn", flush=True)
    report("cold", *alternated(cold, lambda: opened(browser, ours)[0], lambda: opened(browser, bare)[0]))
    with running(ours) as our_address, running(bare) as bare_address:
        asked = (f"{our_address}{ours.path}", f"{bare_address}{bare.path}")
        for url in asked:
            drawn_s(browser, url)
        times = alternated(repeats, *(lambda url=url: drawn_s(browser, url)[0] for url in asked))
    report("warm", *times)


def alternated(
    rounds: int, ours: Callable[[], float], bare: Callable[[], float]
) -> tuple[list[float], list[float]]:
    """Both, in turn."""
    pairs = [(ours(), bare()) for _ in range(rounds)]
    return [pair[0] for pair in pairs], [pair[1] for pair in pairs]


def report(what: str, ours: list[float], bare: list[float]) -> None:
    medians = statistics.median(ours), statistics.median(bare)
    said = [
        f"{value:.2f} [{' '.join(f'{v:.2f}' for v in of)}]"
        for value, of in zip(medians, (ours, bare), strict=True)
    ]
    print(f"  {what}: ours {said[0]}, bare {said[1]}, ratio {medians[0] / medians[1]:.2f}", flush=True)


def opened(browser: Browser, server: Server) -> tuple[float, int]:
    """The first page of a new server."""
    with running(server) as address:
        return drawn_s(browser, f"{address}{server.path}")


def drawn_s(browser: Browser, url: str) -> tuple[float, int]:
    """Seconds until the chart is drawn, in a browser profile of its own, and how many points it has."""
    context = browser.new_context(viewport={"width": 1280, "height": 1400})
    page = context.new_page()
    start = time.perf_counter()
    page.goto(url, wait_until="commit")
    points = page.wait_for_function(DRAWN, timeout=300_000).json_value()
    seconds = time.perf_counter() - start
    context.close()
    return seconds, points


@contextmanager
def running(server: Server) -> Iterator[str]:
    """Its address, from when it answers until the end of the block."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", *server.command[:1], "--server.port", str(port)]
    options = ["--server.headless", "true", "--browser.gatherUsageStats", "false"]
    process = subprocess.Popen(
        [*command, *options, *server.command[1:]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(f"http://localhost:{port}/_stcore/health", process)
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(240):
        assert process.poll() is None, "the server ended before it answered"
        try:
            with urlopen(url, timeout=5):
                return
        except (URLError, ConnectionError):
            time.sleep(0.25)
    raise AssertionError(f"{url} did not answer within a minute")


if __name__ == "__main__":
    main()
