"""Two processes train as one does: the same losses, the same running statistics, one end for both."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from moat_lab.errors import UserError
from moat_lab.grammar import to_network
from moat_lab.models.model import build
from moat_lab.models.weights import read_weights, write_weights
from moat_lab.train import load_recipe
from moat_lab.train.checksummed import read_checksummed
from moat_lab.train.processes import Processes, check_batch, joined_processes
from moat_lab.train.session import train
from tests.unit.train.small import TEXT, Watched, rows

RECIPE = """
data: digits
resolution: 8
train: 40
val: 50
epochs: 100000
batch: 40
optimizer: sgd
learning_rate: 0.03
clip_grad: 1.0
ema: 0.5
augmentation: {shift: 1}
weights: start.safetensors
head_epochs: 10
frozen_stages: 0
"""
"""One step for each epoch, so that the log has the loss of every step; and no end."""
STEPS = 50


@pytest.fixture(scope="module")
def stopped(tmp_path_factory) -> tuple[Path, str]:
    """The folder of a training by two processes, stopped by Ctrl-C after 50 steps, and its words."""
    folder = tmp_path_factory.mktemp("processes")
    (folder / "steps.yaml").write_text(RECIPE.replace("start", str(folder / "start")))
    network = to_network(TEXT)
    model = build(network, 10, 1)
    write_weights(folder / "start.safetensors", model.state_dict(), network)
    words = ["moat_lab", "train", TEXT, "--recipe", "steps.yaml", "--out", "two", "--save-every", "10"]
    running = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "torch.distributed.run",
            "--standalone",
            "--nproc_per_node",
            "2",
            "-m",
            *words,
        ],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    end = time.monotonic() + 120
    while not ((folder / "two" / "log.csv").exists() and len(rows(folder / "two")) > STEPS):
        assert running.poll() is None, running.communicate()
        assert time.monotonic() < end
        time.sleep(0.05)
    os.killpg(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert "Stopped." in out, err
    return folder / "two", out


@pytest.fixture(scope="module")
def alone(stopped, tmp_path_factory, call_in) -> Path:
    """The folder of the same training by one process, stopped after as many steps."""
    folder = tmp_path_factory.mktemp("alone")
    steps = read_checksummed(stopped[0] / "last.safetensors")[0]["plain"]["steps"]
    recipe = load_recipe(stopped[0].parent / "steps.yaml").content()
    assert not train(call_in(folder, recipe=recipe), Processes(), Watched(stop_after=steps))
    return folder


def test_what_is_frozen_keeps_the_weights_that_the_training_started_from(stopped):
    tensors = read_checksummed(stopped[0] / "last.safetensors")[1]
    for name, start in read_weights(stopped[0].parent / "start.safetensors").state.items():
        changed = not torch.equal(tensors[f"model/{name}"], start)
        assert changed != name.startswith("stem.") or name.endswith("num_batches_tracked"), name


def test_the_losses_of_50_steps_are_those_of_one_process_with_the_whole_batch(stopped, alone):
    one, two = rows(alone), rows(stopped[0])
    assert [int(row["steps"]) for row in two[:STEPS]] == list(range(1, STEPS + 1))
    for name in ("train_loss", "val_loss"):
        pairs = zip(one[:STEPS], two[:STEPS], strict=True)
        assert max(abs(float(a[name]) - float(b[name])) for a, b in pairs) < 1e-5
    assert float(two[0]["train_loss"]) - float(two[STEPS - 1]["train_loss"]) > 0.3


def test_weights_and_running_statistics_are_those_of_one_process(stopped, alone):
    (_, one), (_, two) = (read_checksummed(path / "last.safetensors") for path in (alone, stopped[0]))
    compared = [name for name in one if name.startswith(("model/", "average/"))]
    assert any(name.endswith("running_var") for name in compared)
    for name in compared:
        assert (one[name] - two[name]).abs().max() < 1e-3, name


def test_ctrl_c_ends_both_after_one_step_and_is_answered_once(stopped):
    folder, out = stopped
    assert out.count("Stopped.") == 1
    assert "torchrun --nproc_per_node 2 -m moat_lab train 'stem(4) | 2x mbconv @8 for 16px'" in out
    content, tensors = read_checksummed(folder / "last.safetensors")
    assert content["plain"]["steps"] == len(content["rows"]) + len(tensors["epoch/losses"])
    assert "noise/1/cpu" in tensors


@pytest.mark.parametrize(
    ("batch", "of", "nearest"), [(10, 4, "nearest: 8, 12"), (3, 2, "nearest: 2, 4"), (1, 8, "nearest: 8$")]
)
def test_a_batch_that_cannot_be_shared_evenly_names_the_nearest(batch, of, nearest):
    with pytest.raises(
        UserError, match=f"{of} processes can share evenly is needed; got {batch}\n.*{nearest}"
    ):
        check_batch(batch, of)


def test_images_that_are_mixed_are_shared_in_pairs():
    check_batch(6, 2)
    with pytest.raises(UserError, match="nearest: 4, 8"):
        check_batch(6, 2, pairs=True)


def test_a_size_that_a_cluster_sets_makes_no_others(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "4")
    monkeypatch.delenv("RANK", raising=False)
    with joined_processes("cpu") as here:
        assert (here.world_size, here.leads) == (1, True)


def test_a_device_without_numbers_is_refused():
    with pytest.raises(UserError, match="device 'meta' holds no numbers"), joined_processes("meta"):
        pass
