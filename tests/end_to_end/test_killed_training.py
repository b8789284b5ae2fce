"""A full training as a person starts it: killed, stopped, finished."""

import csv
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from moat_lab.models.weights import read_weights
from moat_lab.train import load_recipe
from moat_lab.train.arguments import TrainArguments, folder_training
from moat_lab.train.display import TrainingDisplay
from moat_lab.train.processes import Processes
from moat_lab.train.session import train
from tests.recipes import DETECTED, SEGMENTED

TEXT = "stem(4) | 1x mbconv @8 for 16px"
RECIPE = """
data: digits
resolution: 8
train: 60
val: 40
epochs: 150
batch: 20
learning_rate: 0.01
ema: 0.9
augmentation: {shift: 1}
"""
FLIPPED = "augmentation: {flip: true}\n"
MAPS = f"{SEGMENTED}epochs: 150\n{FLIPPED}"
OBJECTS = f"{DETECTED}val: 4\nepochs: 40\n{FLIPPED}"


@pytest.fixture(params=[RECIPE, MAPS, OBJECTS], ids=["classes", "maps", "objects"])
def folder(request, tmp_path, monkeypatch) -> Path:
    (tmp_path / "studies" / "recipes").mkdir(parents=True)
    (tmp_path / "studies" / "recipes" / "tiny.yaml").write_text(request.param)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def begin() -> "subprocess.Popen[str]":
    words = [sys.executable, "-m", "moat_lab", "train", TEXT, "--recipe", "tiny", "--out", "killed"]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(folder: Path) -> None:
    """In this process, which is as good."""
    typed = TrainArguments(
        network=TEXT,
        recipe="tiny",
        changes={},
        out=folder,
        seed=0,
        device="cpu",
        save_every=50,
        tensorboard=False,
    )
    assert train(folder_training(typed, Processes()), Processes(), TrainingDisplay(quiet=True))


def course(folder: Path) -> list[list[str]]:
    """The log, without how long it took."""
    with (folder / "log.csv").open() as file:
        return [row[:-2] for row in csv.reader(file)]


def wait_for_rows(running: "subprocess.Popen[str]", folder: Path, rows: int) -> None:
    end = time.monotonic() + 120
    while not ((folder / "log.csv").exists() and len(course(folder)) > rows):
        assert running.poll() is None, running.communicate()
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_training_that_was_killed_and_stopped_ends_with_the_bits_of_one_that_was_not(folder):
    running = begin()
    wait_for_rows(running, folder / "killed", 3)
    running.send_signal(signal.SIGKILL)
    running.communicate()
    known = len(course(folder / "killed"))

    running = begin()
    wait_for_rows(running, folder / "killed", known)
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130, err
    assert "Goes on from killed/last.safetensors" in out
    assert f"python -m moat_lab train '{TEXT}' --recipe tiny --out killed" in out
    assert "Traceback" not in out + err
    assert not (folder / "killed" / "weights.safetensors").exists()

    finish(folder / "killed")
    finish(folder / "whole")
    assert [row[0] for row in course(folder / "killed")[1:]] == [
        str(n) for n in range(1, load_recipe("tiny").epochs + 1)
    ]
    assert course(folder / "killed") == course(folder / "whole")
    ours, theirs = (read_weights(folder / n / "weights.safetensors").state for n in ("killed", "whole"))
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(tensor, theirs[name]) for name, tensor in ours.items())
