"""The real server, the real page: Chromium opens the app on results that a study could have written."""

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, TimeoutError, expect, sync_playwright

from moat_lab.records import Evaluation, Plan, ResultsFolder, Variant

APP = Path(__file__).parents[2] / "dashboards" / "app.py"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
POINTS = ".js-plotly-plot .scatterlayer .point"
ORDERS = (
    ("mbconv+attn", 980_000, 41_200_000),
    ("attn+mbconv", 981_000, 41_500_000),
    ("attn+mlp", 860_000, 35_000_000),
)
VARIANTS = tuple(
    Variant(
        key=f"{i:012x}",
        network=f"stem(16) | 1x {order} @32",
        factors={"order": order},
        costs={"params": params, "macs": macs, "activations": 1000},
    )
    for i, (order, params, macs) in enumerate(ORDERS)
)
PLAN = Plan(
    name="ablate_order",
    question="Does <b>convolution</b> belong before attention?",
    expectation="Before.",
    source="Yang et al. 2023",
    baseline=VARIANTS[0].key,
    recipe={"val": 1000},
    recipe_key="beef",
    seeds=(0, 1),
    command="python -m moat_lab.study ablate_order",
    variants=VARIANTS,
)


def run(variant: Variant, seed: int) -> Evaluation:
    return Evaluation(
        network=variant.network,
        network_key=variant.key,
        recipe={"val": 1000},
        recipe_key="beef",
        seed=seed,
        status="ok",
        error=None,
        scores={"top1": 0.9 + variant.costs["params"] / 1e8 + seed / 100},
        final_loss=1.0,
        curve=(),
        costs=variant.costs,
        train_s=60.0,
        images_per_s=900.0,
        environment={},
    )


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the server shows to all tests of a process."""
    return tmp_path_factory.mktemp("results")


@pytest.fixture(scope="module")
def results(root: Path) -> Path:
    """The server's folder, without what the tests of another file wrote there."""
    for folder in root.iterdir():
        shutil.rmtree(folder)
    return root


@pytest.fixture(scope="module")
def write(results: Path) -> Callable[..., None]:
    """Adds evaluations to a study: each variant with the seeds given."""

    def of(name: str, seeds: tuple[int, ...], variants: tuple[Variant, ...] = VARIANTS) -> None:
        ResultsFolder(results / name).write_plan(PLAN)
        for variant in variants:
            for seed in seeds:
                ResultsFolder(results / name).evaluations.append(run(variant, seed))

    return of


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if not chromium:
        pytest.skip("needs chromium on the PATH")
    expect.set_options(timeout=20_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def address(results: Path, browser: Browser, server: str) -> str:
    """Where the app listens that shows the results of this file's tests."""
    return server


@pytest.fixture(scope="session")
def server(root: Path) -> Iterator[str]:
    """The address of the app; started in another folder than the repository's, as anyone may."""
    port = _free_port()
    command = [sys.executable, "-m", "streamlit", "run", APP, "--server.port", str(port)]
    with (root.parent / "server.log").open("w") as log:
        server = subprocess.Popen([*command, "--", "--results", root], cwd=root, stdout=log, stderr=log)
        try:
            _wait_for(f"http://localhost:{port}/_stcore/health", server)
            yield f"http://localhost:{port}"
        finally:
            server.terminate()
            server.wait(timeout=20)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A new page that must say nothing wrong on its console and ask nobody else for anything."""
    page = browser.new_page(viewport={"width": 1280, "height": 1400}, accept_downloads=True)
    page.set_default_timeout(30_000)
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if _is_wrong(message) else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: problems.append(request.url) if _is_elsewhere(request.url) else None)
    yield page
    page.close()
    assert problems == []


def wait_until_idle(page: Page) -> None:
    """Until the server has run the script to its end and the page has all of it."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def hover_over_the_pick(page: Page) -> None:
    """Once more where the mouse came before plotly listened, or the chart moved away from under it."""
    hovertext = page.locator(".hoverlayer .hovertext", has_text="the pick")
    for _ in range(20):
        page.mouse.move(0, 0)
        page.locator(POINTS).last.hover(force=True)
        try:
            return hovertext.wait_for(timeout=1000)
        except TimeoutError:
            continue
    raise AssertionError("no hover text at the pick")


def _is_wrong(message: ConsoleMessage) -> bool:
    """An error; but Streamlit first tries an address of its own below that of the page: there is none."""
    return message.type == "error" and "/_stcore/" not in message.location["url"]


def _is_elsewhere(url: str) -> bool:
    return url.startswith("http") and not url.startswith("http://localhost:")


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("localhost", 0))
        return int(free.getsockname()[1])


def _wait_for(url: str, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(120):
        assert server.poll() is None, "the server ended before it answered"
        try:
            with urlopen(url, timeout=5):
                return
        except (URLError, ConnectionError):
            time.sleep(0.25)
    raise AssertionError(f"{url} did not answer within 30 s")
