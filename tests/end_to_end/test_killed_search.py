"""A search that is killed again and again, beside one that is left alone."""

import json
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from moat_lab.records import ResultsFolder

KILLS = 4
"""Each costs the loading of torch; the same test with 20 passes as well."""
SEARCH = """
question: Which width?
space: stem(4) | n x mbconv @w for 16px where n in 1..2, w in 8..24:4
recipe: tiny
seeds: 2
sampler: evolution
trials: 5
rungs: {epochs: [2], keep: 0.5}
screen: {score: synflow, keep: 0.7}
"""
RECIPE = """
data: digits
resolution: 16
train: 100
val: 50
epochs: 4
curve_points: 4
batch: 20
learning_rate: 0.01
"""


def test_a_search_that_was_killed_ends_as_one_that_was_left_alone(tmp_path):
    with_search(tmp_path)
    assert started(tmp_path, "whole").wait(timeout=300) == 0
    rng = random.Random(0)
    for _ in range(KILLS):
        running = started(tmp_path, "killed")
        time.sleep(rng.uniform(0.5, 6.0))
        running.send_signal(signal.SIGKILL)
        running.wait()
    assert started(tmp_path, "killed").wait(timeout=300) == 0
    assert curves(tmp_path, "killed") == curves(tmp_path, "whole")
    assert len(curves(tmp_path, "whole")) == 10
    assert states(tmp_path, "killed") == states(tmp_path, "whole")
    assert "RUNNING" not in states(tmp_path, "killed")
    assert journal(tmp_path, "killed") == journal(tmp_path, "whole")
    killed, whole = (ResultsFolder(tmp_path / name / "widths") for name in ("killed", "whole"))
    assert killed.read_proposal_counts() == whole.read_proposal_counts()


def with_search(folder: Path) -> None:
    (folder / "studies" / "recipes").mkdir(parents=True)
    (folder / "studies" / "widths.yaml").write_text(SEARCH)
    (folder / "studies" / "recipes" / "tiny.yaml").write_text(RECIPE)


def started(folder: Path, name: str) -> "subprocess.Popen[bytes]":
    """The search, in a folder of its own, with one worker and a storage to follow it in."""
    words = ["widths", "--workers", "1", "--results", name, "--storage", f"sqlite:///{name}.db"]
    return subprocess.Popen(
        [sys.executable, "-m", "moat_lab.study", *words],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def curves(folder: Path, name: str) -> dict[str, list[tuple[float, ...]]]:
    """File name -> what the training saw; when it ran and how fast is left out."""
    files = (folder / name / "widths" / "evaluations").glob("*.json")
    return {
        path.name: [(p["epoch"], p["train_loss"], p["score"]) for p in json.loads(path.read_text())["curve"]]
        for path in files
    }


def states(folder: Path, name: str) -> list[str]:
    """The states of the trials in the storage, by number."""
    with closing(sqlite3.connect(folder / f"{name}.db")) as storage:
        return [state for (state,) in storage.execute("select state from trials order by number")]


def journal(folder: Path, name: str) -> list[str]:
    return (folder / name / "widths" / "trials.jsonl").read_text().splitlines()
