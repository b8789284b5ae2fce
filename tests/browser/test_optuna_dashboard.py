"""Optuna's own dashboard, opened on the storage that a search writes."""

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from playwright.sync_api import Browser, expect

import moat_lab
from moat_lab.records import ResultsFolder
from moat_lab.report.names import labels
from moat_lab.study.optuna_view import OptunaView

SEARCH = Path(moat_lab.__file__).parents[1] / "results" / "search_tiny_widths"


class QuietHandler(WSGIRequestHandler):
    def log_message(self, *message: object) -> None:
        """Requests are no output of a test."""


@pytest.fixture
def optuna_address(tmp_path) -> Iterator[str]:
    """Where optuna-dashboard shows the first two networks of a recorded search."""
    dashboard = pytest.importorskip("optuna_dashboard", reason="needs optuna-dashboard")
    folder = ResultsFolder(Path(shutil.copytree(SEARCH, tmp_path / "search")))
    plan = folder.read_plan()
    view, names = OptunaView(plan, folder), labels(plan)
    for variant in plan.variants[:2]:
        view.add(variant, names[variant.key])
    view.close()
    app = dashboard.wsgi(f"sqlite:///{folder.optuna_file}")
    with make_server("localhost", 0, app, handler_class=QuietHandler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()
        thread.join()


def test_optunas_dashboard_shows_names_values_and_curves(browser: Browser, optuna_address):
    page = browser.new_page()
    page.goto(f"{optuna_address}/dashboard/studies/1/trials")
    for text in (
        "search_tiny_widths-",
        "2 Trials",
        "0.953, 1283712",  # top-1 and MACs
        "27 0.953",  # the last epoch of the curve
        "a=8, b=8, c=16, d=32, e=64",
    ):
        expect(page.get_by_text(text).first).to_be_visible()
    page.goto(f"{optuna_address}/dashboard/studies/1")
    for objective in ("top1", "macs"):
        expect(page.get_by_text(objective, exact=True).first).to_be_visible()
    page.close()
