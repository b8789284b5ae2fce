"""A training of a second, and how to read what it left."""

import csv
import io
import signal
import subprocess
import sys
from pathlib import Path

import torch
from rich.console import Console

from moat_lab.models.weights import read_weights
from moat_lab.train import Recipe
from moat_lab.train.display import TrainingDisplay

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
    """Trains the network by `torchrun` on two processes; the folder of the training."""
    (folder / "recipe.yaml").write_text(str(recipe.content()))
    words = ["torch.distributed.run", "--standalone", "--nproc_per_node", "2", "-m", "moat_lab", "train"]
    subprocess.run(
        [sys.executable, "-m", *words, text, "--recipe", "recipe.yaml", "--out", "two"],
        cwd=folder,
        check=True,
        capture_output=True,
        timeout=200,
    )
    return folder / "two"


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
