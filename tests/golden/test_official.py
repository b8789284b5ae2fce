"""What the official implementation says: parameter counts, logits and feature maps."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from moat_lab import build, cost, parse
from moat_lab.models import from_tensorflow
from moat_lab.models.inheritance import inherit
from moat_lab.models.starting_weights import read_starting_weights
from moat_lab.models.weights import write_weights
from tests.golden.official import MICRO, MICRO_WINDOWS, drawn_weights, images, micro_weights, stored

PARAMS = {
    "moat_0": (27_846_892, 27_777_544),
    "moat_1": (41_598_448, 41_467_864),
    "moat_2": (73_422_408, 73_248_296),
    "moat_3": (189_958_040, 189_536_280),
    "moat_4": (483_214_184, 482_539_368),
    "tiny_moat_0": (3_355_348, 3_332_232),
    "tiny_moat_1": (5_122_895, 5_094_000),
    "tiny_moat_2": (9_772_741, 9_732_288),
    "tiny_moat_3": (19_534_390, 19_476_600),
}
TOLERANCE = 1e-5


@pytest.mark.parametrize("name", PARAMS)
def test_parameters_with_and_without_position_tables(name):
    without = str(parse(name)).replace("attn", "attn(pos=none)")
    assert (cost(name).params, cost(without).params) == PARAMS[name]
    with torch.device("meta"):
        built = [build(name), build(without)]
    assert tuple(sum(p.numel() for p in model.parameters()) for model in built) == PARAMS[name]


def loaded(network, variables, classes):
    model = build(network, classes).eval()
    model.load_state_dict(from_tensorflow(variables, network))
    return model


def channels_first(array):
    return torch.from_numpy(array).permute(0, 3, 1, 2)


def test_logits_of_the_micro_network_at_96_by_64():
    golden = stored("micro_96x64")
    with torch.no_grad():
        logits = loaded(MICRO, micro_weights(), 10)(channels_first(golden["input"]))
    assert np.abs(logits.numpy() - golden["out/logits"]).max() < TOLERANCE


def test_logits_of_tiny_moat_0_at_224():
    model = loaded("tiny_moat_0", drawn_weights("tiny_moat_0_224"), 1000)
    with torch.no_grad():
        logits = model(channels_first(images(3, (2, 224, 224, 3))))
    assert np.abs(logits.numpy() - stored("tiny_moat_0_224")["out/logits"]).max() < TOLERANCE


@pytest.fixture(scope="module")
def windowed_maps():
    """The maps of the micro network with windows: ours, and the golden file."""
    golden = stored("micro_features_128_window")
    weights = {
        n: x for n, x in drawn_weights("micro_96x64").items() if "logits" not in n and "final" not in n
    }
    with torch.no_grad():
        maps = loaded(MICRO_WINDOWS, weights, 0).forward_intermediates(
            channels_first(images(2, (2, 128, 128, 3))), intermediates_only=True
        )
    return maps, golden


@pytest.mark.parametrize("stage", [1, 2, 3, 4, 5])
def test_maps_of_each_stage_with_windows_at_128(windowed_maps, stage):
    maps, golden = windowed_maps
    raw = maps[stage - 1]
    for ours, theirs in ((raw, golden[f"out/stage{stage}"]), (F.gelu(raw), golden[f"out/res{stage}"])):
        assert np.abs(ours.permute(0, 2, 3, 1).numpy() - theirs).max() < TOLERANCE


def test_weights_to_start_from_give_the_same_maps_with_windows(windowed_maps, tmp_path):
    """A file of the global network, taken over by one with windows: the maps are those that are known."""
    weights, file = drawn_weights("micro_96x64"), tmp_path / "global.safetensors"
    write_weights(file, from_tensorflow(weights, MICRO), parse(MICRO))
    model = build(MICRO_WINDOWS, 10).eval()
    found = inherit(model, read_starting_weights(str(file), parse(MICRO_WINDOWS)))
    assert (found.share, found.unused) == (1.0, ())
    with torch.no_grad():
        maps = model.forward_intermediates(
            channels_first(images(2, (2, 128, 128, 3))), intermediates_only=True
        )
    assert all(torch.equal(ours, known) for ours, known in zip(maps, windowed_maps[0], strict=True))


def test_global_weights_load_with_windows():
    windowed = parse(MICRO).windowed((4, 2), 2)
    state = from_tensorflow(micro_weights(), MICRO)
    model = build(windowed, 10).eval()
    model.load_state_dict(state)
    from_windowed = from_tensorflow(micro_weights(), windowed)
    assert all(torch.equal(state[name], tensor) for name, tensor in from_windowed.items())


def test_windows_as_large_as_the_maps_are_global_attention():
    variables, x = micro_weights(), channels_first(images(0, (1, 96, 64, 3)))
    everywhere = parse(MICRO).windowed((6, 4), (3, 2))
    with torch.no_grad():
        assert torch.equal(loaded(MICRO, variables, 10)(x), loaded(everywhere, variables, 10)(x))
