"""A trained network is one file, whole or not at all, that says what it is."""

import os

import pytest
import timm
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from moat_lab import build, parse
from moat_lab.errors import UserError
from moat_lab.models import from_tensorflow
from moat_lab.models.weights import About, read_weights, write_weights
from tests.golden.official import MICRO, micro_weights


def test_the_file_says_which_network_it_is_and_loads_into_timm(tmp_path):
    state, network = from_tensorflow(micro_weights(), MICRO), parse(MICRO)
    path = tmp_path / "new folder" / "micro.safetensors"
    write_weights(path, state, network)
    with safe_open(path, "pt") as file:
        assert file.metadata() == {"format": "pt", "network": MICRO, "key": network.key}
    model = timm.create_model("moat_0", network=MICRO, num_classes=10, checkpoint_path=str(path))
    assert all(torch.equal(tensor, state[name]) for name, tensor in model.state_dict().items())


def test_a_failed_write_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "micro.safetensors"
    path.write_bytes(b"old")
    with pytest.raises(ValueError, match="contiguous"):
        write_weights(path, {"a": torch.ones(2, 3).T}, parse(MICRO))
    assert [p.name for p in tmp_path.iterdir()] == ["micro.safetensors"]
    assert path.read_bytes() == b"old"


def test_a_model_comes_back_with_what_its_classes_mean(tmp_path):
    network = parse("stem(8) | 1x mbconv+attn(head=8) @16 for 16px")
    model = build(network, num_classes=2, in_chans=1).eval()
    about = About(resolution=16, mean=(0.5,), deviation=(0.25,), classes=("cat", "dog"), top1=0.75)
    write_weights(tmp_path / "w.safetensors", model.state_dict(), network, about)
    weights = read_weights(tmp_path / "w.safetensors")
    assert (weights.network, weights.num_classes, weights.in_chans) == (network, 2, 1)
    assert weights.about == about
    (tmp_path / "other").touch()
    modes = {path.stat().st_mode for path in tmp_path.iterdir()}
    assert len(modes) == 1, "others may read the weights where they may read other files"
    images = torch.randn(3, 1, 16, 16)
    assert torch.equal(weights.model()(images), model(images))


def test_a_file_of_other_weights_is_refused(tmp_path):
    path = tmp_path / "w.safetensors"
    with pytest.raises(UserError, match=r"a safetensors file is needed; got .*w\.safetensors"):
        read_weights(path)
    save_file({"a": torch.ones(1)}, path)
    with pytest.raises(UserError, match="a file that names its network is needed"):
        read_weights(path)
    network = parse("stem(8) | 1x mbconv @16 for 16px")
    write_weights(path, {"stem.conv_0.weight": torch.ones(8, 1, 3, 3)}, network)
    with pytest.raises(UserError, match="the weights do not fit stem"):
        read_weights(path).model()
    write_weights(path, {"head.classifier.bias": torch.ones(8)}, network)
    with pytest.raises(UserError, match=r"is needed; .*w\.safetensors has no stem\.conv_0\.weight"):
        read_weights(path)


@pytest.mark.parametrize(
    ("about", "message"),
    [("{", "about: Invalid JSON"), ("{}", "about.resolution: Field required"), ("[]", "about: ")],
)
def test_a_file_that_says_nothing_of_its_inputs_is_refused(tmp_path, about, message):
    metadata = {"network": "stem(8) | 1x mbconv @16 for 16px", "about": about}
    save_file({"stem.conv_0.weight": torch.ones(8, 1, 3, 3)}, tmp_path / "w.safetensors", metadata)
    with pytest.raises(UserError, match=message):
        read_weights(tmp_path / "w.safetensors")


@pytest.mark.parametrize(
    ("name", "read"),
    [
        (os.fsdecode(b"caf\xe9"), "caf\\xe9"),
        (os.fsdecode(b"\xff\xfe"), "\\xff\\xfe"),
        ("\ud83d", "\\ud83d"),
        ("caf\u00e9 \U0001f408", "caf\u00e9 \U0001f408"),
        ("\\udce9", "\\udce9"),
    ],
    ids=["latin_1", "no_text", "half_a_pair", "utf_8", "a_backslash"],
)
def test_names_of_classes_that_are_no_utf_8_are_read_as_their_bytes(tmp_path, name, read):
    network = parse("stem(8) | 1x mbconv @16 for 16px")
    about = About(resolution=16, mean=(0.5,), deviation=(0.5,), classes=(name, "the"), trained_by=name)
    write_weights(tmp_path / "w.safetensors", build(network, 2, 1).state_dict(), network, about)
    found = read_weights(tmp_path / "w.safetensors").about
    assert (found.classes, found.trained_by) == ((read, "the"), read)
    assert "".join(found.classes).encode()
