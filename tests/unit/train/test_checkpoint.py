"""What is written into a checkpoint comes out of it, and only for whom it was written."""

import json
import os

import pytest
import torch
from safetensors.torch import save_file

from moat_lab.grammar import to_network
from moat_lab.records import Epoch
from moat_lab.train import Recipe
from moat_lab.train.checkpoint import read_checkpoint, resume, write_checkpoint
from moat_lab.train.checksummed import _digest, read_checksummed, write_checksummed
from moat_lab.train.epoch_log import EpochRecord
from moat_lab.train.processes import Processes
from moat_lab.train.run import Run
from moat_lab.train.short_training import own_checkpoint
from moat_lab.train.training_loop import Course, begin

RECIPE = Recipe(data="digits", resolution=8, train=60, val=40, epochs=4, batch=20, learning_rate=0.1)
IMAGES = torch.arange(2.0 * 3 * 4 * 5).reshape(2, 3, 4, 5)
TENSORS = {
    "channels last": IMAGES.to(memory_format=torch.channels_last),
    "one pixel": torch.rand(4, 4, 1, 1).to(memory_format=torch.channels_last),
    "transposed": torch.rand(3, 5).T,
    "number": torch.tensor(0.1),
    "nothing": torch.zeros(0, 3),
    "count": torch.tensor(2**62),
    "bytes": torch.tensor([0, 255], dtype=torch.uint8),
    "half": torch.tensor([0.1, float("inf")], dtype=torch.bfloat16),
    "shared": IMAGES,
    "its other name": IMAGES,
}


RUN = Run(network=to_network("stem(4) | 1x mbconv @4 for 8px"), recipe=RECIPE, seed=3)


def course(epochs: int = 2) -> Course:
    """A training after some epochs, without its steps."""
    course = begin([RUN], Processes())
    course.trainer.steps = 3 * epochs
    course.progress[0].records = [
        EpochRecord(
            epoch=epoch,
            steps=3 * epoch,
            train_loss=0.1 + 0.2,
            val_loss=1e-300,
            scores={"top1": 0.1, "top5": float("inf")},
            learning_rate=1 / 3,
            images_per_s=7.0,
            seconds=0.7,
        )
        for epoch in range(1, epochs + 1)
    ]
    return course


@pytest.fixture
def path(tmp_path):
    return RUN.checkpoint_file(tmp_path / "checkpoints")


def write(path, course) -> None:
    write_checkpoint(path, RUN.identity("cpu"), course)


def rewrite(path, **changes) -> None:
    """The same file with other content."""
    content, tensors = read_checksummed(path)
    write_checksummed(path, {**content, **changes}, tensors)


def test_what_is_written_comes_back_exactly(path):
    before = course()
    before.progress[0].seconds = 0.1
    before.losses = [torch.tensor(0.1), torch.tensor(1e-30)]
    torch.rand(3, generator=before.orders[0])
    write(path, before)
    after = begin([RUN], Processes())
    resume(after, read_checkpoint(path))
    assert after.progress[0].records == before.progress[0].records
    assert (after.progress[0].seconds, after.trainer.steps) == (0.1, 6)
    assert after.losses == before.losses
    assert torch.equal(after.orders[0].get_state(), before.orders[0].get_state())
    assert torch.equal(after.epoch_start[0], before.epoch_start[0])
    assert not torch.equal(after.orders[0].get_state(), after.epoch_start[0])


@pytest.mark.parametrize("name", TENSORS)
def test_a_tensor_comes_back_with_its_type_and_its_layout(tmp_path, name):
    write_checksummed(tmp_path / "file.safetensors", {}, TENSORS)
    back = read_checksummed(tmp_path / "file.safetensors")[1][name]
    assert torch.equal(back, TENSORS[name])
    assert (back.dtype, back.stride()) == (TENSORS[name].dtype, TENSORS[name].stride())
    assert back.data_ptr() % 64 == 0


def test_where_no_file_is_there_is_no_checkpoint(path):
    assert read_checkpoint(path) is None


@pytest.mark.parametrize(
    "change",
    [
        {"network": "stem(8) | 2x mbconv @8"},
        {"seed": 4},
        {"recipe": RECIPE.model_copy(update={"learning_rate": 0.2}).content()},
        {"device": "cuda"},
    ],
    ids=str,
)
def test_an_evaluation_takes_no_checkpoint_of_another_training(path, change):
    write(path, course())
    assert own_checkpoint(path.parent, RUN, "cpu").epoch == 2
    assert change.keys() <= RUN.identity("cpu").keys()
    rewrite(path, identity={**RUN.identity("cpu"), **change})
    assert own_checkpoint(path.parent, RUN, "cpu") is None


def test_an_evaluation_takes_no_checkpoint_of_other_versions(path):
    write(path, course())
    rewrite(path, versions={"torch": "1.0", "timm": "1.0"})
    assert read_checkpoint(path).epoch == 2
    assert own_checkpoint(path.parent, RUN, "cpu") is None


def test_the_file_is_named_after_its_training(path):
    assert path.name == f"{RUN.network.key}-{RECIPE.key}-3.safetensors"


@pytest.mark.parametrize("place", [0.01, 0.5, 0.99], ids=["header", "text", "tensors"])
def test_a_flipped_bit_anywhere_is_damage(path, place):
    write(path, course())
    content = bytearray(path.read_bytes())
    content[int(place * len(content))] ^= 1
    path.write_bytes(content)
    assert read_checkpoint(path) is None


def test_a_safetensors_file_of_somebody_else_is_none(path):
    path.parent.mkdir()
    save_file({"weight": torch.zeros(2)}, path)
    assert read_checkpoint(path) is None


@pytest.mark.parametrize(
    "change",
    [
        {"format": 2},
        {"identity": None},
        {"versions": 3},
        {"rows": [{"epoch": 2}]},
        {"seconds": -1.0},
        {"plain": []},
        {"plain": {"steps": "six", "scaler": {}, "optimizer": {}}},
        {"plain": {"steps": 6, "scaler": {}, "optimizer": {"optimizer/group/0/lr": [1]}}},
    ],
    ids=str,
)
def test_an_undamaged_file_with_other_content_is_none(path, change):
    write(path, course())
    rewrite(path, **change)
    assert read_checksummed(path) is not None
    assert read_checkpoint(path) is None


OLD = {"epoch": 2, "train_loss": 0.5, "val_loss": 0.25, "top1": 0.125, "learning_rate": 0.1}
CURVE_POINT = {"score" if name == "top1" else name: value for name, value in OLD.items()}


def rewrite_as_before(path, **changes) -> None:
    """A checkpoint as evaluations wrote it when they had a format of their own."""
    content, tensors = read_checksummed(path)
    identity = {n: value for n, value in content["identity"].items() if n != "files"}
    identity |= {"format": 1, "versions": content["versions"]}
    old = {"identity": identity, "epoch": 2, "curve": [OLD], "train_s": 0.75, "images": 120}
    tensors = {name: tensor for name, tensor in tensors.items() if not name.startswith("epoch/")}
    write_checksummed(path, {**old, "plain": content["plain"], **changes}, tensors)


def test_a_checkpoint_of_an_older_evaluation_is_resumed(path):
    before = course()
    torch.rand(3, generator=before.orders[0])
    write(path, before)
    rewrite_as_before(path)
    after = begin([RUN], Processes())
    resume(after, own_checkpoint(path.parent, RUN, "cpu"))
    assert after.progress[0].curve == (Epoch(**CURVE_POINT),)
    assert (after.progress[0].train_s, after.trainer.steps, after.epoch) == (0.75, 6, 3)
    assert torch.equal(after.epoch_start[0], before.orders[0].get_state())


@pytest.mark.parametrize(
    "change", [{"curve": []}, {"curve": [{"epoch": 2}]}, {"train_s": -1.0}, {"identity": {}}], ids=str
)
def test_a_checkpoint_of_an_older_evaluation_with_other_content_is_none(path, change):
    write(path, course())
    rewrite_as_before(path, **change)
    assert read_checksummed(path) is not None
    assert read_checkpoint(path) is None


@pytest.mark.parametrize("text", ["[]", "{}", '{"strides": 3}', '{"strides": {"a": [1, -1]}}', "[" * 5000])
def test_a_sealed_text_that_is_no_content_is_none(tmp_path, text):
    path, tensors = tmp_path / "sealed.safetensors", {"a": torch.zeros(2, 3)}
    save_file(tensors, path, {"text": text, "sha256": _digest(text, tensors)})
    assert read_checksummed(path) is None


def test_a_stride_that_would_take_more_memory_than_the_tensor_is_none(tmp_path):
    path, tensors = tmp_path / "sealed.safetensors", {"a": torch.zeros(2, 3)}
    text = json.dumps({"strides": {"a": [10**12, 1]}})
    save_file(tensors, path, {"text": text, "sha256": _digest(text, tensors)})
    assert read_checksummed(path) is None


def test_a_pipe_in_the_place_of_a_checkpoint_is_none(path):
    path.parent.mkdir()
    os.mkfifo(path)
    assert read_checkpoint(path) is None
