"""Totals and tables of the closed form, and what it refuses."""

import pytest

from moat_lab import GrammarError, cost, parse
from moat_lab.errors import UserError
from moat_lab.ops import Count

SMALL = "stem(8) | 1x mbconv @8 | 1x attn(head=8)+mlp(expand=2) @16 for 16px"


def test_a_network_by_hand():
    assert [(row.name, str(row.output), row.count) for row in cost(SMALL, num_classes=10).rows("stage")] == [
        ("stem", "8x8x8", Count(params=3 * 8 * 9 + 8, macs=216 * 64, activations=512)),
        (
            "stage 1",
            "8x4x4",
            Count(
                params=16 + 256 + 64 + 288 + 64 + 256 + 8,
                macs=256 * 64 + 288 * 16 + 256 * 16,
                activations=32 * 64 + 32 * 16 + 8 * 16,
            ),
        ),
        (
            "stage 2",
            "16x2x2",
            Count(
                params=(128 + 16) + 32 + (1024 + 64 + 2 * 9) + 32 + (512 + 32) + (512 + 16),
                macs=128 * 4 + 1024 * 4 + 2 * 4 * 4 * 16 + 1024 * 4,
                activations=16 * 4 + (4 * 16 * 4 + 2 * 16 + 4 * 16) - 16 * 4 + 16 * 4 + 32 * 4 + 16 * 4,
            ),
        ),
        ("head", "10x1x1", Count(params=32 + 170, macs=160, activations=10)),
    ]


def test_layers_are_named_by_stage_and_block():
    assert [row.name for row in cost(SMALL).rows("layer")] == [
        "stem",
        "stage 1 block 1 mbconv",
        "stage 2 downsample",
        "stage 2 block 1 attn",
        "stage 2 block 1 mlp",
        "head",
    ]


def test_ops_are_named_as_the_modules_that_compute_them():
    names = [row.name for row in cost(SMALL.replace("@8 |", "@16 |")).rows("op")]
    assert names[:4] == [
        "stem conv_0",
        "stage 1 block 1 mbconv shortcut_pool",
        "stage 1 block 1 mbconv shortcut_conv",
        "stage 1 block 1 mbconv pre_norm",
    ]
    assert names[-3:] == ["head mean", "head norm", "head classifier"]


def test_two_layers_of_one_kind_in_a_block_have_a_row_each():
    names = [row.name for row in cost("stem(8) | 1x mlp+mlp @8").rows("layer")]
    assert names[2:4] == ["stage 1 block 1 mlp", "stage 1 block 1 mlp_2"]


def test_the_table_has_the_rows_with_maps_channels_first():
    table = cost("tiny_moat_0", (97, 130)).table("stage")
    assert list(table.columns) == ["name", "output", "params", "macs", "activations"]
    assert table["output"].tolist() == ["32x49x65", "32x25x33", "64x13x17", "128x7x9", "256x4x5", "1000x1x1"]
    assert table["macs"].sum() == cost("tiny_moat_0", (97, 130)).macs


def test_parameters_do_not_depend_on_the_resolution_and_macs_do():
    small, large = cost("tiny_moat_0", 96), cost("tiny_moat_0", 224)
    assert small.params == large.params == 3_355_348
    assert (small.macs, large.macs) == (131_898_368, 775_052_288)


def test_the_design_resolution_is_the_default():
    assert cost(SMALL).inputs.resolution == (16, 16)
    assert cost(SMALL) == cost(parse(SMALL), 16)


def test_without_classes_the_head_ends_in_its_norm():
    assert cost(SMALL).params - cost(SMALL, num_classes=0).params == 16 * 1000 + 1000


def test_channels_are_those_of_the_image():
    assert cost(SMALL, in_chans=1).params == cost(SMALL).params - 2 * 8 * 9


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"resolution": 0}, "an image has sides of 1 pixel or more; got 0x0"),
        ({"resolution": (8, -1)}, "an image has sides of 1 pixel or more; got 8x-1"),
        (
            {"num_classes": -1},
            "a network has 0 or more classes, 1 or more channels; got -1 classes, 3 channels",
        ),
        (
            {"in_chans": 0},
            "a network has 0 or more classes, 1 or more channels; got 1000 classes, 0 channels",
        ),
    ],
)
def test_what_no_image_and_no_network_has_is_refused(arguments, message):
    with pytest.raises(UserError) as error:
        cost(SMALL, **arguments)
    assert str(error.value) == message


def test_an_unknown_level_is_refused():
    with pytest.raises(UserError, match="a cost table is by stage, layer, op; got 'block'"):
        cost(SMALL).table("block")


def test_a_space_has_no_one_cost():
    with pytest.raises(GrammarError, match="one network is needed; got a space of 2"):
        cost("stem(w) | 1x mlp @w where w in {8, 16}")
