"""The whole product from a wheel, in an empty folder inside of somebody else's git repository."""

import json
import os
import socket
import subprocess
import sys
import sysconfig
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

import moat_lab

CHECKOUT = Path(moat_lab.__file__).parents[1]
STUDY = """
question: Does squeeze-and-excitation help?
space: stem(4, stride=1) | 1x mbconv(se=s) @8 for 8px where s in {0, 0.25}
recipe: digits_brief
seeds: 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """An environment with the wheel, and the empty folder to stand in."""

    bin: Path
    here: Path

    def run(self, *words: str, code: int = 0) -> str:
        """What a command prints; its first word is a program of the environment."""
        done = subprocess.run(
            [self.bin / words[0], *words[1:]],
            cwd=self.here,
            env=bare_environment(),
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout


def bare_environment() -> dict[str, str]:
    """This one without the path to the checkout, and wide enough for a table."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"COLUMNS": "200"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder]
    subprocess.run(build, cwd=CHECKOUT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory) -> Installed:
    """Its dependencies are those of the environment that runs the tests."""
    repository = tmp_path_factory.mktemp("payroll")
    git("init", "-q", at=repository)
    git("commit", "-q", "--allow-empty", "-m", "theirs", at=repository)
    environment, here = repository / ".venv", repository / "work"
    here.mkdir()
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    (packages,) = environment.glob("lib/*/site-packages")
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    pip = [sys.executable, "-m", "pip", "--python", environment / "bin" / "python"]
    subprocess.run([*pip, "install", "-q", "--no-deps", "--no-index", wheel], check=True, capture_output=True)
    return Installed(bin=environment / "bin", here=here)


def git(*words: str, at: Path) -> None:
    author = ["-c", "user.name=n", "-c", "user.email=n@example.com"]
    subprocess.run(["git", *author, *words], cwd=at, check=True)


def test_the_wheel_is_small_and_holds_neither_figures_nor_tests(wheel):
    assert wheel.stat().st_size < 8_500_000
    names = zipfile.ZipFile(wheel).namelist()
    pictograms = [entry for entry in zipfile.ZipFile(wheel).infolist() if entry.filename.endswith(".webp")]
    assert len(pictograms) == 18
    assert sum(entry.file_size for entry in pictograms) < 5_500_000
    assert {name.split("/")[0] for name in names} == {"moat_lab", "moat_lab-0.1.0.dist-info"}
    assert [name for name in names if name.endswith((".png", ".pdf"))] == []


def test_it_is_the_wheel_that_runs_and_it_has_types(installed):
    code = "import moat_lab; print(moat_lab.__path__[0], len(moat_lab.table('table_tiny')))"
    place, rows = installed.run("python", "-c", code).split()
    assert Path(place).is_relative_to(installed.bin.parent)
    assert rows == "648"
    assert (Path(place) / "py.typed").is_file()


def test_the_studies_are_listed_and_told_before_they_run(installed):
    listed = installed.run("moat-lab", "study", "--list")
    assert {path.stem for path in (CHECKOUT / "studies").glob("*.yaml")} <= set(listed.split())
    assert "attn(head=8)+mlp" in installed.run("moat-lab", "study", "ablate_order", "--dry-run")


def test_the_recorded_search_has_a_pick(installed):
    picked = installed.run("moat-lab", "pick", "search_tiny_widths", "--max-macs", "1.5M")
    assert picked.startswith("stem(")
    assert picked == installed.run("moat-lab", "pick", "results/search_tiny_widths", "--max-macs", "1.5M")


def test_a_study_of_ones_own_by_a_shipped_recipe_records_no_commit_of_the_repository(installed):
    (installed.here / "mine.yaml").write_text(STUDY)
    installed.run("moat-lab", "study", "mine.yaml", "--workers", "1")
    records = [json.loads(p.read_text()) for p in (installed.here / "runs/mine/evaluations").glob("*.json")]
    assert [record["environment"]["commit"] for record in records] == [None, None]
    assert [record["environment"]["versions"]["moat_lab"] for record in records] == ["0.1.0", "0.1.0"]


def test_a_network_is_trained_by_a_shipped_recipe(installed):
    network = "stem(4, stride=1) | 1x mbconv @8 for 8px"
    installed.run("moat-lab", "train", network, "--recipe", "digits", "--epochs", "1", "--out", "winner")
    assert (installed.here / "winner" / "weights.safetensors").is_file()


def test_the_dashboard_answers_and_shows_the_recorded_studies(installed):
    with dashboard(installed) as address:
        assert urlopen(f"{address}/_stcore/health").read() == b"ok"
    code = (
        "from streamlit.testing.v1 import AppTest\n"
        "from moat_lab.lookup import shipped\n"
        "app = AppTest.from_file(shipped() / 'dashboards' / 'app.py', default_timeout=60)\n"
        "app.query_params['study'] = 'ablate_order'\n"
        "app.run()\n"
        "print(bool(app.exception), app.selectbox[0].value, *app.selectbox[0].options)"
    )
    exception, shown, *options = installed.run("python", "-c", code).split()
    assert (exception, shown) == ("False", "ablate_order")
    assert {"ablate_order", "search_tiny_widths"} <= set(options)


@contextmanager
def dashboard(installed: Installed) -> Iterator[str]:
    """The address of a running dashboard, with an option that is Streamlit's."""
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    words = [installed.bin / "moat-lab", "dashboard", "--port", str(port), "--server.baseUrlPath", "lab"]
    server = subprocess.Popen(words, cwd=installed.here, env=bare_environment(), stdout=subprocess.PIPE)
    try:
        wait_for(f"http://localhost:{port}/lab/_stcore/health", server)
        yield f"http://localhost:{port}/lab"
    finally:
        server.terminate()
        server.communicate(timeout=20)


def wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert server.poll() is None, "the dashboard has ended"
        try:
            urlopen(address)
            return
        except URLError:
            time.sleep(0.2)
    raise AssertionError("the dashboard did not answer")
