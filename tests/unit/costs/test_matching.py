"""Variants at the baseline's cost: their widths change, and nothing else."""

from dataclasses import replace

import pytest
import torch

from moat_lab import build, cost, parse
from moat_lab.costs import matched, nearest_match
from moat_lab.costs.scaling import width_step
from moat_lab.errors import UserError
from moat_lab.measure.fvcore_counter import fvcore_counts
from moat_lab.ops import input_spec

ORDERS = parse(
    "stem(16, stride=1) | 1x mbconv @16(stride=1) | 2x order @32 | 2x order @64 for 16px "
    "where order in {mbconv+attn, attn+mbconv, attn+mlp, mbconv, mbconv+mbconv}"
)
TINY_MOAT = parse(
    "stem(32, 32) | 2x mbconv(se=s) @32 | 3x mbconv(se=s) @64 | 7x order @128 | 2x order @256 for 32px "
    "where s in {0, 0.25}, order in {mbconv+attn, attn+mlp}"
)
DIGITS = {"num_classes": 10, "in_chans": 1}
PLAIN = parse("stem(16) | 1x mbconv @16 | 1x mbconv @32 for 32px")


def digits(network):
    return input_spec(network.resolution, in_chans=1, classes=10)


def widths(network):
    return [stage.width for stage in network.stages]


@pytest.mark.parametrize("space", [ORDERS, TINY_MOAT], ids=["orders", "tiny_moat"])
def test_every_variant_has_the_baselines_macs_as_counted_and_as_traced(space):
    target = cost(space[0], **DIGITS).macs
    for variant in space:
        same = matched(variant, target, inputs=digits(variant))
        assert cost(same, **DIGITS).macs == pytest.approx(target, rel=0.02)
        assert traced_macs(same) == cost(same, **DIGITS).macs
        assert replace_widths(same, widths(variant)) == variant


def traced_macs(network):
    with torch.device("meta"):  # initial weights take the time, and do not matter
        model = build(network, **DIGITS)
    return fvcore_counts(model.to_empty(device="cpu"), (network.resolution,) * 2, in_chans=1)[0]


def replace_widths(network, known):
    stages = (replace(stage, width=width) for stage, width in zip(network.stages, known, strict=True))
    return replace(network, stages=tuple(stages))


def test_matched_widths_are_these():
    target = cost(ORDERS[0], **DIGITS).macs
    assert [widths(matched(variant, target, inputs=digits(variant))) for variant in ORDERS] == [
        [16, 32, 64],
        [22, 32, 64],
        [24, 32, 64],
        [20, 38, 78],
        [14, 30, 60],
    ]


def test_a_network_of_the_same_cost_is_the_same_network():
    assert matched(TINY_MOAT[0], cost(TINY_MOAT[0]).macs) == TINY_MOAT[0]


def test_a_network_within_the_tolerance_is_the_same_network():
    target = round(cost(PLAIN).params * 1.015)
    assert matched(PLAIN, target, "params") == PLAIN
    assert matched(PLAIN, target, "params", tolerance=0.01) != PLAIN


@pytest.mark.parametrize("metric", ["macs", "params", "activations"])
@pytest.mark.parametrize("share", [0.6, 1.4, 4])
def test_widths_that_are_free_meet_any_target_with_one_common_factor(metric, share):
    network = parse("stem(8) | 2x mbconv @32 | 3x mbconv(se=0.25) @64 | 2x mbconv @128")
    target = round(getattr(cost(network), metric) * share)
    same = matched(network, target, metric)
    assert getattr(cost(same), metric) == pytest.approx(target, rel=0.02)
    factors = [new / old for new, old in zip(widths(same), widths(network), strict=True)]
    assert max(factors) / min(factors) < 1.15


def test_widths_are_whole_heads():
    network = parse("stem(32) | 2x mbconv @32 | 2x mbconv+attn(head=24) @96 | 2x attn+mlp @128")
    same = matched(network, round(cost(network).macs * 1.3))
    assert [width % step for width, step in zip(widths(same), (2, 24, 32), strict=True)] == [0, 0, 0]


@pytest.mark.parametrize(
    ("stage", "step"),
    [
        ("1x mbconv @16", 2),
        ("1x attn @64", 32),
        ("1x attn(head=5) @15", 10),
        ("1x attn(head=8), 1x attn(head=12) @48", 24),
        ("1x mbconv(expand=0.1) @20", 10),
        ("1x attn(head=8)+mlp(expand=0.1) @40", 40),
    ],
)
def test_the_step_of_a_stage_suits_all_its_layers(stage, step):
    assert width_step(parse(f"stem(16) | {stage}").stages[0]) == step


def test_a_target_that_no_widths_meet_has_none_and_the_nearest_says_by_how_much():
    network = parse("stem(32) | 4x attn @32 for 32px")
    target = round(1.25 * cost(network).macs)
    assert matched(network, target) is None
    nearest = nearest_match(network, target)
    assert widths(nearest.network) == [32]
    assert (nearest.count, nearest.excess) == (cost(network).macs, pytest.approx(-0.2))


def test_stages_are_not_scaled_apart_to_meet_a_target():
    # 32, 64 | 116 in the first stage would do for the parameters of a network of 16, 32, 64.
    target = cost(ORDERS[0], **DIGITS).params
    nearest = nearest_match(ORDERS[1], target, "params", inputs=digits(ORDERS[1]))
    assert matched(ORDERS[1], target, "params", inputs=digits(ORDERS[1])) is None
    assert widths(nearest.network) == [16, 32, 64]
    assert nearest.excess == pytest.approx(0.0786, abs=1e-4)


@pytest.mark.parametrize("tolerance", [0.02, 0.3])
def test_of_two_widths_equally_far_from_the_target_the_lesser_is_taken(tolerance):
    network = parse("stem(4) | 1x mlp @4 for 16px")
    lesser, greater = (activations(f"stem(4) | 1x mlp @{width} for 16px") for width in (10, 12))
    assert (lesser, greater) == (1226, 1418)
    assert widths(nearest_for_activations(network, 1322, tolerance)) == [10]
    assert widths(nearest_for_activations(network, 1323, tolerance)) == [12]


def activations(text):
    return cost(text, **DIGITS).activations


def nearest_for_activations(network, target, tolerance):
    return nearest_match(network, target, "activations", inputs=digits(network), tolerance=tolerance).network


def test_of_two_stages_with_equal_grids_the_first_is_set_first():
    network = parse("stem(4) | 1x mlp @8 | 1x mlp @8 for 16px")
    inputs = input_spec(16, in_chans=3, classes=10)
    assert widths(nearest_match(network, 4203, "params", inputs=inputs).network) == [18, 10]


def test_the_resolution_of_training_is_what_is_matched():
    target = cost(ORDERS[0], 32, **DIGITS).macs
    same = matched(ORDERS[3], target, inputs=input_spec(32, in_chans=1, classes=10))
    assert cost(same, 32, **DIGITS).macs == pytest.approx(target, rel=0.02)


def test_a_target_beyond_all_widths_ends_at_the_most():
    nearest = nearest_match(PLAIN, 10**18)
    assert nearest.excess < -0.9
    assert widths(nearest.network) == pytest.approx([64 * 16, 64 * 32], rel=0.01)


def test_a_target_below_all_widths_ends_at_the_least():
    assert widths(nearest_match(PLAIN, 1).network) == [2, 2]


def test_no_width_goes_beyond_the_widest_that_a_stage_may_have():
    network = parse("stem(8) | 1x mbconv @40000 | 1x mbconv @20000 for 32px")
    same = matched(network, 2 * cost(network).macs)
    assert cost(same).macs == pytest.approx(2 * cost(network).macs, rel=0.02)
    assert nearest_match(network, 100 * cost(network).macs).network.stages[0].width == 65_536


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"metric": "mac"}, "a metric to match is needed; got 'mac'\n  did you mean 'macs'\\?"),
        ({"target": 0}, "a target of 1 or more macs is needed; got 0"),
        ({"tolerance": -0.1}, "a tolerance of 0 or more is needed; got -0.1"),
    ],
)
def test_what_cannot_be_matched_is_an_error(options, message):
    with pytest.raises(UserError, match=message):
        matched(PLAIN, **{"target": 10**6, **options})
