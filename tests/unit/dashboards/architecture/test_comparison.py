"""In what networks differ, and which named one is most like another."""

import pytest

import moat_lab
from dashboards.architecture.comparison import (
    cost_table,
    differences_in_words,
    distance,
    nearest_network,
    spec_table,
)
from moat_lab.grammar import ZOO, to_network

TINY = "stem(32, 32) | 2x mbconv(se=0.25) @32 | 3x mbconv(se=0.25) @64 | {} | 2x mbconv+attn @256"


def tiny(stage):
    return to_network(TINY.format(stage))


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        ("7x mbconv+attn @128", []),
        ("5x mbconv+attn @160", ["stage 3: 5 blocks in place of 7; width 160 in place of 128"]),
        ("7x mbconv+attn(window=7) @128", ["stage 3: layers mbconv+attn(window=7) in place of mbconv+attn"]),
        ("7x mbconv+attn @128(down=patch)", ["stage 3: down patch in place of block"]),
        ("7x mbconv+attn @128(stride=1)", ["stage 3: stride 1 in place of 2"]),
    ],
)
def test_differences_are_said_stage_by_stage(stage, words):
    assert differences_in_words(tiny(stage), to_network("tiny_moat_0")) == words


def test_a_stage_and_a_resolution_more_or_less_are_said():
    small = to_network("stem(32, 32) | 2x mbconv(se=0.25) @32 for 32px")
    large = to_network("stem(32, 32) | 2x mbconv(se=0.25) @32 | 3x mbconv @64")
    assert differences_in_words(small, large) == ["stage 2: is missing", "resolution: 32px in place of 224px"]
    assert differences_in_words(large, small) == ["stage 2: is added", "resolution: 224px in place of 32px"]


@pytest.mark.parametrize("name", ZOO)
def test_a_named_network_is_nearest_to_itself(name):
    found = nearest_network(to_network(name))
    assert (found.name, found.is_same) == (name, True)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (TINY.format("5x mbconv+attn @160"), "tiny_moat_0"),
        ("stem(16, stride=1) | 2x mbconv+attn @32 | 2x mbconv+attn @64 for 32px", "tiny_moat_0"),
        ("stem(96, kernel=4, stride=4) | 2x attn(window=7)+mlp @96(stride=1) | 2x attn(window=7)+mlp @192"
         " | 8x attn(window=7)+mlp @384 | 2x attn(window=7)+mlp @768", "swin_tiny"),
        ("stem(8, kernel=8, stride=8) | 12x attn+mlp @192(stride=1)", "deit_tiny"),
    ],
)  # fmt: skip
def test_the_nearest_is_of_its_kind(text, name):
    assert nearest_network(to_network(text)).name == name


def test_distance_is_the_same_from_either_side():
    one, other = to_network("moat_0"), to_network("swin_tiny")
    assert distance(one, other) == pytest.approx(distance(other, one))
    assert distance(one, one) == 0


def test_costs_are_compared_absolutely_and_in_percent():
    table = cost_table(moat_lab.cost("tiny_moat_1"), moat_lab.cost("tiny_moat_0"))
    assert table.iloc[1].tolist() == [
        "parameters",
        5122895,
        3355348,
        1767547,
        pytest.approx(52.678, abs=1e-3),
    ]


def test_parts_that_are_alike_have_no_words():
    table = spec_table(to_network("moat_1"), to_network("moat_0"))
    assert table["difference"].tolist() == [
        "",
        "",
        "6 blocks in place of 3",
        "14 blocks in place of 7",
        "",
        "",
    ]
