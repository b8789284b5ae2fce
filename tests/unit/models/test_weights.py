"""A trained network is one file, whole or not at all, that says what it is."""

import json
import math
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
from tests.pace import times_as_long


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
    about = About(
        resolution=16, mean=(0.5,), deviation=(0.25,), classes=("cat", "dog"), scores={"top1": 0.75}
    )
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


NETWORK = "stem(8, stride=1) | 1x mbconv @8(stride=1) for 8px"
ABOUT = {"resolution": 8, "mean": [0.5], "deviation": [0.5], "classes": ["a", "b"]}


def written(path, *, network=NETWORK, about=None, **changes):
    """A file of NETWORK's weights with one channel and two classes, and what is changed in it."""
    state = dict(build(NETWORK, num_classes=2, in_chans=1).state_dict())
    state |= {name: change(state[name]) for name, change in changes.items()}
    metadata = {"network": network, "about": json.dumps(ABOUT | (about or {}))}
    save_file({name: tensor.contiguous() for name, tensor in state.items()}, path, metadata)
    return path


def test_what_is_changed_in_these_tests_is_a_whole_file(tmp_path):
    weights = read_weights(written(tmp_path / "w.safetensors"))
    assert weights.model()(torch.zeros(1, 1, 8, 8)).shape == (1, 2)


@pytest.mark.parametrize(
    ("about", "message"),
    [
        ({"deviation": [0.0]}, "about.deviation.0: Input should be greater than 0"),
        ({"deviation": [-0.5]}, "about.deviation.0: Input should be greater than 0"),
        ({"deviation": [math.nan]}, "about.deviation.0: Input should be"),
        ({"mean": [math.inf]}, "about.mean.0: Input should be"),
        ({"mean": [0.5] * 3}, "as many means as channels are needed; got 3 for 1"),
        ({"deviation": [0.5] * 3}, "as many deviations as channels are needed; got 3 for 1"),
        ({"classes": ["a", "b", "c"]}, "as many classes as logits are needed; got 3 for 2"),
        ({"resolution": 0}, "about.resolution: Input should be greater than or equal to 1"),
        ({"resolution": -5}, "about.resolution: Input should be greater than or equal to 1"),
        ({"resolution": 10**9}, "about.resolution: Input should be less than or equal to 16384"),
        ({"top1": 93.1}, "about.scores.top1: Input should be less than or equal to 1"),
    ],
)
def test_inputs_and_outputs_that_cannot_be_are_refused(tmp_path, about, message):
    with pytest.raises(UserError) as error:
        read_weights(written(tmp_path / "w.safetensors", about=about))
    assert message in str(error.value)
    assert "w.safetensors" in str(error.value)


def scaled(by):
    return lambda tensor: tensor * by


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        (
            "head.classifier.bias",
            lambda t: t.sum(),
            "head.classifier.bias with 1 dimensions is needed; got none",
        ),
        ("head.classifier.bias", lambda t: t[:0], "head.classifier.bias with 1 dimensions is needed; got 0"),
        ("stem.conv_0.weight", lambda t: t[0], "stem.conv_0.weight with 4 dimensions is needed; got 1x3x3"),
        ("head.classifier.weight", lambda t: t[:, :4], "head.classifier.weight of 2x8 is needed; got 2x4"),
        ("head.norm.weight", lambda t: t.repeat(9), "head.norm.weight of 8 is needed; got 72"),
        ("head.norm.weight", scaled(math.nan), "finite numbers are needed; got others as head.norm.weight"),
        ("head.norm.bias", scaled(0), None),
        ("head.norm.weight", lambda t: t.to(torch.int8), "as F64, F32, F16, BF16 is needed; got I8"),
        ("head.norm.weight", lambda t: t.to(torch.float16), None),
        ("odd", None, "odd is one that it has no place for"),
    ],
)
def test_weights_that_its_network_does_not_have_are_refused(tmp_path, name, change, message):
    path = tmp_path / "w.safetensors"
    if change is None:
        state = dict(build(NETWORK, num_classes=2, in_chans=1).state_dict()) | {"odd": torch.ones(3)}
        save_file(state, path, {"network": NETWORK})
    else:
        written(path, **{name: change})
    if message is None:
        assert read_weights(path).model().num_classes == 2
        return
    with pytest.raises(UserError) as error:
        read_weights(path)
    assert message in str(error.value)


@pytest.mark.parametrize(
    "network",
    [
        "stem(65536) | 1000x mbconv(expand=1000) @65536",
        "stem(8) | 1x mbconv+attn(head=8) @8 for 16384px",
        "stem(16) | 1x mbconv @16 for 8px",
    ],
)
def test_a_network_larger_than_its_file_is_refused_before_it_is_built(tmp_path, network):
    path = written(tmp_path / "w.safetensors", network=network)

    def read():
        with pytest.raises(
            UserError, match=r"the weights do not fit stem.* numbers are needed; the file holds 1,"
        ):
            read_weights(path)

    assert times_as_long(read, lambda: build(MICRO)) < 5


@pytest.mark.parametrize(
    "network", ["stem(8) | 1x mbcnv @8", "stem(w) | 1x mbconv @8 where w in {8, 16}", ""]
)
def test_a_file_whose_network_is_none_is_named(tmp_path, network):
    with pytest.raises(UserError, match=r"weights: .*w\.safetensors: "):
        read_weights(written(tmp_path / "w.safetensors", network=network))


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "w.safetensors")
    with pytest.raises(UserError, match="a file is needed; got a folder, a pipe or a device"):
        read_weights(tmp_path / "w.safetensors")
