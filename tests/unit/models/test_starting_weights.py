"""Where weights to start from may lie, and what says that they are still the same."""

import re

import pytest
import torch
from safetensors.torch import save_file

from moat_lab.errors import UserError
from moat_lab.grammar import parse
from moat_lab.models import from_tensorflow
from moat_lab.models.inheritance import inherit
from moat_lab.models.model import build
from moat_lab.models.starting_weights import read_starting_weights, with_digest
from moat_lab.models.weights import write_weights
from tests.golden.official import MICRO, MICRO_WINDOWS, micro_weights
from tests.unit.models.small import small

SOURCE = small()


@pytest.fixture
def folder(tmp_path):
    write_weights(tmp_path / "weights.safetensors", SOURCE.state_dict(), SOURCE.network)
    return tmp_path


def test_a_file_and_its_folder_are_named_with_the_digest_of_the_file(folder):
    name = with_digest(str(folder))
    assert re.fullmatch(re.escape(str(folder)) + "@[0-9a-f]{12}", name)
    assert with_digest(str(folder / "weights.safetensors")).rpartition("@")[2] == name.rpartition("@")[2]
    assert with_digest(name) == name
    state = read_starting_weights(name, SOURCE.network)
    assert torch.equal(state["stem.conv_0.weight"], SOURCE.stem.conv_0.weight)


def test_weights_that_have_changed_since_are_refused(folder):
    name = with_digest(str(folder))
    write_weights(folder / "weights.safetensors", small(seed=1).state_dict(), SOURCE.network)
    with pytest.raises(UserError, match="changed since") as caught:
        read_starting_weights(name, SOURCE.network)
    assert f"leave out '@{name.rpartition('@')[2]}'" in str(caught.value)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("nowhere", "a training's folder, timm:NAME or the prefix of a checkpoint is needed; got nowhere"),
        ("timm:resnet_of_nobody", "timm has none for 'resnet_of_nobody'"),
        ("timm:tiny_moat_0", "timm has none for 'tiny_moat_0'"),
    ],
)
def test_what_is_not_there_is_told(source, message):
    with pytest.raises(UserError, match=message):
        read_starting_weights(source, SOURCE.network)


def test_a_file_that_names_no_network_is_told(tmp_path):
    save_file({"a": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(UserError, match="a file that names its network is needed"):
        read_starting_weights(str(tmp_path / "other.safetensors"), SOURCE.network)


def test_official_weights_come_with_tables_of_any_size_for_windows_and_other_resolutions():
    exact = from_tensorflow(micro_weights(), MICRO)
    windows = MICRO.replace("attn @32", "attn(window=4) @32") + " for 448px"
    with pytest.raises(UserError, match="other shape"):
        from_tensorflow(micro_weights(), windows)
    found = from_tensorflow(micro_weights(), windows, any_tables=True)
    assert all(torch.equal(found[name], tensor) for name, tensor in exact.items())
    taken = inherit(build(parse(windows), num_classes=0), found)
    assert (len(taken.named("resized")), taken.named("fresh")) == (3, [])
    same = build(parse(MICRO_WINDOWS), num_classes=0)
    assert inherit(same, from_tensorflow(micro_weights(), MICRO_WINDOWS, any_tables=True)).share == 1.0
