"""A training of a second, and how to read what it left."""

import csv
import io
import os
import signal
import socket
import sys
from contextlib import redirect_stdout
from pathlib import Path

import torch
from rich.console import Console

from moat_lab.__main__ import main
from moat_lab.models.weights import read_weights
from moat_lab.train import Recipe
from moat_lab.train.display import TrainingDisplay
from tests.forks import run_at_once

TEXT = "stem(4) | 2x mbconv @8 for 16px"
RECIPE = Recipe(
    data="digits",
    resolution=8,
    train=60,
    val=40,
    epochs=4,
    batch=20,
    learning_rate=0.01,
    ema=0.9,
    drop_path=0.2,
    augmentation={"shift": 1},
)
COURSE = ("epoch", "steps", "train_loss", "val_loss", "top1", "top5", "learning_rate")


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "log.csv").open() as file:
        return list(csv.DictReader(file))


def curve(folder: Path) -> list[tuple[str, ...]]:
    """What the log says, beside how long it took."""
    return [tuple(row[name] for name in COURSE) for row in rows(folder)]


def bits(folder: Path, name: str = "weights") -> dict[str, list[int]]:
    """Of the weights that the training gave."""
    state = read_weights(folder / f"{name}.safetensors").state
    return {name: tensor.reshape(-1).view(torch.uint8).tolist() for name, tensor in state.items()}


def train_on_two_processes(folder: Path, text: str, recipe: Recipe) -> Path:
    """Trains the network on two processes, as `torchrun` starts them; the folder of the training."""
    (folder / "recipe.yaml").write_text(str(recipe.content()))
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    run_at_once(_train_as, [(rank, port, folder, text) for rank in range(2)])
    return folder / "two"


def _train_as(rank: int, port: int, folder: Path, text: str) -> None:
    """One of two processes, which know each other by what `torchrun` would tell them."""
    os.chdir(folder)
    os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": "2"}
    os.environ |= {"MASTER_ADDR": "localhost", "MASTER_PORT": str(port)}
    sys.argv = ["moat-lab", "train", text, "--recipe", "recipe.yaml", "--out", "two"]
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere):
        main()


class Watched(TrainingDisplay):
    """Keeps what is said, and presses Ctrl-C after so many steps."""

    def __init__(self, stop_after: int = 0) -> None:
        self.text = io.StringIO()
        super().__init__(console=Console(file=self.text, width=200))
        self.stop_after = stop_after

    def step(self, loss: torch.Tensor) -> None:
        super().step(loss)
        if self.done == self.stop_after:
            signal.raise_signal(signal.SIGINT)

    @property
    def said(self) -> str:
        return self.text.getvalue()
