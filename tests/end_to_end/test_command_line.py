"""The commands of the README, as a person types them, in processes of their own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

import moat_lab
from moat_lab.__main__ import app
from moat_lab.command_line import run_app
from moat_lab.commands import COMMANDS
from moat_lab.records import ResultsFolder
from moat_lab.study.__main__ import app as study_app

STUDY = """
question: Does squeeze-excite help?
space: stem(4) | 1x layer @8 for 16px where layer in {mbconv, mbconv(se=0.25)}
recipe: tiny
seeds: 2
"""
RECIPE = """
data: digits
resolution: 16
train: 40
val: 50
epochs: EPOCHS
batch: 20
learning_rate: 0.01
"""
PROGRAMS = {"moat_lab": app, "moat_lab.study": study_app}
HEAVY = ("torch", "timm", "optuna", "pandas", "scipy", "matplotlib", "streamlit")


def command(*words: str, cwd: Path) -> list[str]:
    return [sys.executable, "-m", *words]


def run(*words: str, cwd: Path, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*words, cwd=cwd), cwd=cwd, capture_output=True, text=True, timeout=300, **options
    )


@pytest.fixture
def folder(tmp_path) -> Path:
    """A working folder with one small study."""
    return with_study(tmp_path, epochs=10)


def with_study(folder: Path, *, epochs: int) -> Path:
    (folder / "studies" / "recipes").mkdir(parents=True, exist_ok=True)
    (folder / "studies" / "se.yaml").write_text(STUDY)
    recipe = RECIPE.replace("EPOCHS", str(epochs))
    (folder / "studies" / "recipes" / "tiny.yaml").write_text(recipe)
    return folder


def records(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Name -> (inode, content) of every evaluation: a repeated training has another inode."""
    files = (folder / "runs" / "se" / "evaluations").glob("*.json")
    return {path.name: (path.stat().st_ino, path.read_bytes()) for path in files}


def test_a_killed_study_goes_on_where_it_was_and_a_finished_one_trains_nothing(folder):
    with_study(folder, epochs=150)
    words = command("moat_lab.study", "se", "--workers", "1", cwd=folder)
    killed = subprocess.Popen(words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: len(records(folder)) >= 1)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    before = records(folder)
    assert 1 <= len(before) < 4

    again = run("moat_lab.study", "se", cwd=folder)
    assert again.returncode == 0, again.stderr
    after = records(folder)
    assert len(after) == 4
    assert before.items() <= after.items()
    assert "trainings to do" in again.stdout
    assert {path.name for path in (folder / "runs" / "se").iterdir()} >= {
        "accuracy_macs.png",
        "accuracy_params.png",
        "curves.csv",
        "curves.png",
        "plan.json",
        "report.md",
        "summary.csv",
    }

    third = run("moat_lab.study", "se", cwd=folder)
    assert third.returncode == 0
    assert "All 4 trainings are there; none to do." in third.stdout
    assert records(folder) == after

    more = run("moat_lab.study", "se", "--dry-run", "--seeds", "3", cwd=folder)
    assert more.stdout.count("2/3") == 2


def test_a_second_command_in_a_folder_exits_with_2_and_says_who_works_there(folder):
    with_study(folder, epochs=2)
    with ResultsFolder(folder / "runs" / "se").locked():
        second = run("moat_lab.study", "se", cwd=folder)
    assert second.returncode == 2
    who = f"process {os.getpid()} on {socket.gethostname()} has had it since 2"
    assert second.stderr.startswith(f"one command at a time works in runs/se; {who}")
    assert "run this again when that has ended" in second.stderr
    assert "Traceback" not in second.stderr
    assert records(folder) == {}


def test_trainings_whose_study_was_killed_end_without_a_record(folder):
    with_study(folder, epochs=100_000)
    words = command("moat_lab.study", "se", "--workers", "1", cwd=folder)
    killed = subprocess.Popen(words, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: workers(killed.pid))
    time.sleep(1)  # it trains
    started = [*children(killed.pid), *workers(killed.pid)]
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    wait_for(lambda: not any(map(command_of, started)))
    assert records(folder) == {}


def test_ctrl_c_ends_cleanly_and_says_how_to_go_on(folder):
    with_study(folder, epochs=100_000)
    words = command("moat_lab.study", "se", "--workers", "1", cwd=folder)
    running = subprocess.Popen(
        words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    wait_for(lambda: workers(running.pid))
    time.sleep(1)
    started = [*children(running.pid), *workers(running.pid)]
    os.killpg(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "Stopped." in out
    assert "python -m moat_lab.study se" in out
    assert "Traceback" not in out + err
    wait_for(lambda: not any(map(command_of, started)), seconds=5)


def workers(pid: int) -> list[int]:
    """Processes that were forked for a process from the one that has loaded torch."""
    return [
        worker for child in children(pid) if "forkserver" in command_of(child) for worker in children(child)
    ]


def children(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


def wait_for(condition, *, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.05)


def test_a_dry_run_shows_exact_costs_and_trains_nothing(folder):
    shown = run("moat_lab.study", "se", "--dry-run", cwd=folder)
    assert shown.returncode == 0
    price = moat_lab.cost("stem(4) | 1x mbconv(se=0.25) @8 for 16px", num_classes=10, in_chans=1)
    assert f"{price.params:,}" in shown.stdout
    assert f"{price.macs:,}" in shown.stdout
    assert "mbconv(se=0.25):  stem(4) | 1x mbconv(se=0.25) @8 for 16px" in shown.stdout
    assert not (folder / "runs").exists()


def test_the_list_shows_the_studies_of_the_folder_and_of_the_checkout(folder, monkeypatch):
    monkeypatch.chdir(folder)
    shown = CliRunner().invoke(study_app, ["--list"]).stdout
    assert "se " in shown
    assert "ablate_order" in shown


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["moat_lab.study", "sea"], "no study is named 'sea'\n  did you mean 'se'?"),
        (["moat_lab", "cost", "stem(32) | 2x mbconv(exapnd=4) @32"], "did you mean 'expand'?"),
    ],
    ids=["moat_lab.study", "moat_lab"],
)
def test_a_mistake_ends_the_process_with_2_and_a_sentence(folder, words, message):
    done = run(*words, cwd=folder)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["moat_lab.study"], "a study's name is needed"),
        (["moat_lab.study", "none.yaml"], "none.yaml: cannot be read"),
        (["moat_lab.study", "se", "--device", "cuda:7"], "device 'cuda:7' cannot be used here"),
        (["moat_lab", "report", "nowhere"], "plan.json"),
        (["moat_lab", "overview", "nowhere"], "a folder with results below it is needed; got nowhere"),
        (["moat_lab", "cost", "moat_9"], "did you mean 'moat_"),
        (
            ["moat_lab", "train", "moat_0", "--recipe", "tine"],
            "no recipe is named 'tine'\n  did you mean 'tiny'?",
        ),
        (["moat_lab", "dashboard", "--prot", "8600"], "No such option '--prot'"),
        (["moat_lab", "dashboard", "--port", "0"], "greater than or equal to 1"),
        (["moat_lab", "evaluate", "none.safetensors", "--data", "digits"], "a safetensors file is needed"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistake_is_a_sentence_and_exit_code_2(folder, words, message, monkeypatch, capsys):
    """In this process, where torch is loaded."""
    module, *_ = words
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as end:
        run_app(PROGRAMS[module])
    said = capsys.readouterr().err
    assert end.value.code == 2
    assert message in said
    assert "Traceback" not in said


HELPS = [["moat_lab.study"], ["moat_lab"], *(["moat_lab", name] for name in COMMANDS)]
HELP = f"""
import io, json, runpy, sys
from contextlib import redirect_stdout

for words in {HELPS}:
    sys.argv, code = [*(word.replace("_", "-") for word in words), "--help"], None
    with redirect_stdout(io.StringIO()) as out:
        try:
            runpy.run_module(words[0], run_name="__main__")
        except SystemExit as end:
            code = end.code
    print(json.dumps([code, [m for m in {HEAVY} if m in sys.modules], out.getvalue()]))
"""


@pytest.fixture(scope="module")
def helps() -> list[list[object]]:
    """Of each command: the exit code, what heavy was loaded by then, and what was said; by one process."""
    done = subprocess.run([sys.executable, "-c", HELP], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("number", range(len(HELPS)), ids=[" ".join(words) for words in HELPS])
def test_help_answers_without_loading_anything_heavy(helps, number):
    code, heavy, said = helps[number]
    assert (code, heavy) == (0, [])
    assert "Usage" in said


def test_a_cost_is_printed_with_its_parts(folder):
    shown = run("moat_lab", "cost", "tiny_moat_0", cwd=folder).stdout
    assert "3,355,348" in shown
    assert "775,052,288" in shown
    assert "stage 4" in shown
