"""Official variables become our state dict, or an error that names every one that does not fit."""

import numpy as np
import pytest
import torch

from moat_lab.errors import UserError
from moat_lab.models import from_tensorflow
from moat_lab.models.official import official_path
from moat_lab.models.tensorflow import root, sources, unused
from tests.golden.official import MICRO, micro_weights

STATISTICS = ("moving_mean", "moving_variance")
BIAS = "moat/logits_head/bias"


def equal(first, second):
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def averaged(weights):
    """As in a released checkpoint: trained variables have an average; here, only that has the weights."""
    plain = {n: x if n.endswith(STATISTICS) else np.zeros_like(x) for n, x in weights.items()}
    averages = {f"{n}/ExponentialMovingAverage": x for n, x in weights.items() if not n.endswith(STATISTICS)}
    return {**plain, **averages, "global_step": np.int64(7)}


@pytest.mark.parametrize(
    ("ours", "official"),
    [
        ("stem.conv_1", "stem/conv_1"),
        ("stages.2.block_10.mbconv.branch.depthwise_conv", "block_02_10/depthwise_conv"),
        ("stages.0.block_0.mbconv.branch.se.fc2", "block_00_00/se/expand_conv2d"),
        ("stages.3.block_0.mbconv.shortcut.shortcut_conv", "block_03_00/shortcut_conv"),
        ("stages.3.block_1.attn.branch.attention", "block_03_01/attention"),
        ("head.classifier", "logits_head"),
        ("stages.2.block_0.mlp.branch.expand", None),
        ("stages.2.downsample.conv", None),
    ],
)
def test_our_parts_have_official_names_where_the_official_networks_have_them(ours, official):
    assert official_path(ours) == official


def test_layouts_put_each_number_where_it_belongs():
    weights = micro_weights()
    state = from_tensorflow(weights, MICRO)
    kernel = weights["moat/stem/conv_0/kernel"]
    assert state["stem.conv_0.weight"][5, 2, 0, 1] == kernel[0, 1, 2, 5]
    depthwise = weights["moat/block_01_00/depthwise_conv/depthwise_kernel"]
    assert state["stages.1.block_0.mbconv.branch.depthwise_conv.weight"][9, 0, 2, 1] == depthwise[2, 1, 9, 0]
    attention, ours = "moat/block_03_00/attention", "stages.3.block_0.attn.branch.attention"
    assert state[f"{ours}.qkv.weight"][64 + 32 + 5, 7] == weights[f"{attention}/k/weight"][7, 1, 5]
    assert state[f"{ours}.qkv.bias"][2 * 64 + 3] == weights[f"{attention}/v/bias"][0, 3]
    assert state[f"{ours}.out.weight"][11, 32 + 6] == weights[f"{attention}/o/weight"][1, 6, 11]


def test_moving_averages_come_before_plain_variables():
    weights = micro_weights()
    assert equal(from_tensorflow(averaged(weights), MICRO), from_tensorflow(weights, MICRO))


def test_averages_alone_are_enough():
    weights = micro_weights()
    alone = {n: x for n, x in averaged(weights).items() if "Average" in n or n.endswith(STATISTICS)}
    assert equal(from_tensorflow(alone, MICRO), from_tensorflow(weights, MICRO))


@pytest.mark.parametrize("form", ["{}:0", "{}/.ATTRIBUTES/VARIABLE_VALUE", "encoder/{}"])
def test_other_spellings_of_the_same_names_are_understood(form):
    weights = micro_weights()
    spelled = {form.format(name): x for name, x in averaged(weights).items()}
    assert equal(from_tensorflow(spelled, MICRO), from_tensorflow(weights, MICRO))
    assert unused(spelled) == (form.format("global_step"),)


def test_a_network_may_have_no_root():
    weights = micro_weights()
    bare = {name.removeprefix("moat/"): x for name, x in weights.items()}
    assert root(bare) == ""
    assert equal(from_tensorflow(bare, MICRO), from_tensorflow(weights, MICRO))


def test_what_holds_no_weights_is_named():
    names = [
        *averaged(micro_weights()),
        "moat/stem/conv_0/kernel/Adam",
        "Adam/m/moat/stem/conv_0/kernel",
        "decoder/conv/kernel",
        "save_counter",
    ]
    assert unused(names) == (
        "Adam/m/moat/stem/conv_0/kernel",
        "decoder/conv/kernel",
        "global_step",
        "moat/stem/conv_0/kernel/Adam",
        "save_counter",
    )


def test_every_name_is_a_source_or_its_plain_twin_or_unused():
    names = set(averaged(micro_weights()))
    read = set(sources(names).values())
    twins = {name.removesuffix("/ExponentialMovingAverage") for name in read}
    assert read | twins | set(unused(names)) == names
    assert "moat/block_00_00/pre_norm/moving_mean" in read
    assert "moat/block_00_00/pre_norm/gamma/ExponentialMovingAverage" in read


def test_every_variable_that_does_not_fit_is_named_with_its_shape():
    weights = micro_weights()
    del weights["moat/block_02_01/attention/k/bias"], weights["moat/stem/norm_0/moving_mean"]
    weights["moat/block_02_02/pre_norm/gamma"] = np.ones(32)
    weights["moat/block_00_00/shrink_conv/kernel"] = np.ones((1, 1, 16, 8))
    weights["moat/block_02_00/attention/relative_position_embedding"] = np.ones((1, 15, 15))
    with pytest.raises(UserError) as error:
        from_tensorflow(weights, MICRO)
    assert str(error.value).splitlines() == [
        "the variables do not fit the network:",
        "  missing: moat/stem/norm_0/moving_mean (8,)",
        "  missing: moat/block_02_01/attention/k/bias (1, 32)",
        "  no place for: moat/block_02_02/pre_norm/gamma (32,)",
        "  other shape: moat/block_00_00/shrink_conv/kernel is (1, 1, 16, 8),"
        " the network needs (1, 1, 32, 8)",
        "  other shape: moat/block_02_00/attention/relative_position_embedding is (1, 15, 15),"
        " the network needs (1, 27, 27)",
    ]


def test_a_network_with_parts_that_no_official_one_has_is_refused():
    with pytest.raises(
        UserError, match=r"no official MOAT has stages\.2\.block_0\.mlp\.branch\.expand\.weight"
    ):
        from_tensorflow(micro_weights(), MICRO.replace("2x mbconv+attn", "2x mbconv+mlp"))


def test_a_uniform_average_has_no_official_weights():
    with pytest.raises(
        UserError, match=r"no official MOAT has stages\.2\.block_1\.attn\.branch\.attention\.value\.weight"
    ):
        from_tensorflow(micro_weights(), MICRO.replace("mbconv+attn", "mbconv+attn(weights=uniform)"))


def test_variables_of_something_else_are_refused_by_name():
    with pytest.raises(UserError, match="ends in 'stem/conv_0/kernel'; got resnet/conv1/kernel"):
        from_tensorflow({"resnet/conv1/kernel": np.ones((7, 7, 3, 64))}, MICRO)


def test_classes_and_channels_are_the_checkpoints():
    weights = micro_weights()
    weights["moat/stem/conv_0/kernel"] = weights["moat/stem/conv_0/kernel"][:, :, :1]
    state = from_tensorflow(weights, MICRO)
    assert state["stem.conv_0.weight"].shape == (8, 1, 3, 3)
    assert state["head.classifier.weight"].shape == (10, 64)


def test_a_checkpoint_without_head_gives_a_model_without_classes():
    weights = {n: x for n, x in micro_weights().items() if "logits_head" not in n and "final" not in n}
    state = from_tensorflow(weights, MICRO)
    assert [name for name in state if name.startswith("head.")] == ["head.norm.weight", "head.norm.bias"]
    assert set(state["head.norm.weight"].tolist()) == {1.0}
    assert set(state["head.norm.bias"].tolist()) == {0.0}


def test_half_a_classifier_is_missing_its_other_half():
    weights = micro_weights()
    del weights[BIAS]
    with pytest.raises(UserError, match=r"missing: moat/logits_head/bias \(10,\)"):
        from_tensorflow(weights, MICRO)
