"""What is written into a checkpoint comes out of it, and only for whom it was written."""

import json
import os
from dataclasses import replace

import pytest
import torch
from safetensors.torch import save_file

from moat_lab.grammar import network
from moat_lab.records import Epoch
from moat_lab.train import Recipe
from moat_lab.train.pause_checkpoint import Checkpoint, checkpoint_file
from moat_lab.train.sealed import _digest, read_sealed, write_sealed
from moat_lab.train.state import State

RECIPE = Recipe(data="digits", resolution=16, train=60, val=40, epochs=4, batch=20, learning_rate=0.1)
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


def checkpoint(epoch: int = 2) -> Checkpoint:
    point = Epoch(epoch=epoch, train_loss=0.1 + 0.2, val_loss=1e-300, top1=0.1, learning_rate=1 / 3)
    plain = {"steps": 6, "scaler": {}, "optimizer": {"optimizer/group/0/lr": 1e-17}}
    state = State(tensors=TENSORS, plain=plain)
    return Checkpoint(curve=(replace(point, epoch=1), point), train_s=0.7, images=120, state=state)


@pytest.fixture
def file(tmp_path):
    return checkpoint_file(tmp_path / "checkpoints", network("stem(8) | 1x mbconv @8"), RECIPE, 3, "cpu")


def test_what_is_written_comes_back_exactly(file):
    file.write(checkpoint())
    back = file.read()
    assert replace(back, state=None) == replace(checkpoint(), state=None)
    assert back.state.plain == checkpoint().state.plain
    assert back.state.tensors.keys() == TENSORS.keys()


@pytest.mark.parametrize("name", TENSORS)
def test_a_tensor_comes_back_with_its_type_and_its_layout(file, name):
    file.write(checkpoint())
    back = file.read().state.tensors[name]
    assert torch.equal(back, TENSORS[name])
    assert (back.dtype, back.stride()) == (TENSORS[name].dtype, TENSORS[name].stride())
    assert back.data_ptr() % 64 == 0


def test_where_no_file_is_there_is_no_checkpoint(file):
    assert file.read() is None


@pytest.mark.parametrize(
    "change",
    [
        {"network": "stem(8) | 2x mbconv @8"},
        {"seed": 4},
        {"recipe": RECIPE.model_copy(update={"learning_rate": 0.2}).content()},
        {"device": "cuda"},
        {"versions": {"torch": "1.0", "timm": "1.0"}},
        {"format": 0},
    ],
    ids=str,
)
def test_the_checkpoint_of_another_training_is_none(file, change):
    file.write(checkpoint())
    assert change.keys() <= file.identity.keys()
    assert replace(file, identity={**file.identity, **change}).read() is None


def test_the_file_is_named_after_its_training(file):
    assert file.path.name == f"{network('stem(8) | 1x mbconv @8').key}-{RECIPE.key}-3.safetensors"


def test_one_that_has_come_further_stays(file):
    for epoch, kept in ((2, 2), (4, 4), (3, 4), (4, 4)):
        file.write(checkpoint(epoch))
        assert file.read().epoch == kept


def test_that_of_another_training_does_not_stay(file):
    replace(file, identity={**file.identity, "format": 0}).write(checkpoint(4))
    file.write(checkpoint(2))
    assert file.read().epoch == 2


@pytest.mark.parametrize("place", [0.01, 0.5, 0.99], ids=["header", "text", "tensors"])
def test_a_flipped_bit_anywhere_is_damage(file, place):
    file.write(checkpoint())
    content = bytearray(file.path.read_bytes())
    content[int(place * len(content))] ^= 1
    file.path.write_bytes(content)
    assert file.read() is None


def test_a_safetensors_file_of_somebody_else_is_none(file):
    file.path.parent.mkdir()
    save_file({"weight": torch.zeros(2)}, file.path)
    assert file.read() is None


@pytest.mark.parametrize(
    "change",
    [
        {"identity": None},
        {"curve": []},
        {"curve": [{"epoch": 2}]},
        {"train_s": -1.0},
        {"images": "many"},
        {"plain": []},
        {"plain": {"steps": "six", "scaler": {}, "optimizer": {}}},
        {"plain": {"steps": 6, "scaler": {}, "optimizer": {"optimizer/group/0/lr": [1]}}},
    ],
    ids=str,
)
def test_a_whole_file_with_other_content_is_none(file, change):
    file.write(checkpoint())
    content, tensors = read_sealed(file.path)
    write_sealed(file.path, {**content, **change}, tensors)
    assert read_sealed(file.path) is not None
    assert file.read() is None


@pytest.mark.parametrize("text", ["[]", "{}", '{"strides": 3}', '{"strides": {"a": [1, -1]}}', "[" * 5000])
def test_a_sealed_text_that_is_no_content_is_none(tmp_path, text):
    path, tensors = tmp_path / "sealed.safetensors", {"a": torch.zeros(2, 3)}
    save_file(tensors, path, {"text": text, "sha256": _digest(text, tensors)})
    assert read_sealed(path) is None


def test_a_stride_that_would_take_more_memory_than_the_tensor_is_none(tmp_path):
    path, tensors = tmp_path / "sealed.safetensors", {"a": torch.zeros(2, 3)}
    text = json.dumps({"strides": {"a": [10**12, 1]}})
    save_file(tensors, path, {"text": text, "sha256": _digest(text, tensors)})
    assert read_sealed(path) is None


def test_a_pipe_in_the_place_of_a_checkpoint_is_none(file):
    file.path.parent.mkdir()
    os.mkfifo(file.path)
    assert file.read() is None
