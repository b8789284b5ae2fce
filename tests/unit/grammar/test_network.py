"""A network made, changed and used by hand."""

import random
from dataclasses import replace

import pytest

from moat_lab import GrammarError, Network, parse
from moat_lab.blocks.attn import Attn
from moat_lab.blocks.mbconv import MBConv
from moat_lab.blocks.mlp import MLP
from moat_lab.errors import UserError
from moat_lab.grammar import Group, Stage, Stem

MLPS = (Group(depth=2, block=(MLP(),)),)
STEM = Stem(widths=(8,))


def attending(head):
    return (Group(depth=1, block=(Attn(head=head),)),)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Stage(groups=(), width=8),
            "a stage needs at least one block, and a block one layer; got none",
        ),
        (
            lambda: Stage(groups=(Group(depth=1, block=()),), width=8),
            "a stage needs at least one block, and a block one layer; got none",
        ),
        (lambda: Stage(groups=MLPS, width=0), "a width is from 1 to 65536; got 0"),
        (lambda: Stage(groups=MLPS, width=65_537), "a width is from 1 to 65536; got 65537"),
        (
            lambda: Stage(groups=(Group(depth=0, block=(MLP(),)),), width=8),
            "a depth is from 1 to 1000; got 0",
        ),
        (
            lambda: Stage(groups=(Group(depth=600, block=(MLP(),)),) * 2, width=8),
            "a depth is from 1 to 1000; got 1200",
        ),
        (
            lambda: Stage(groups=attending(32), width=200),
            "attention needs a width divisible by head; got width 200, head 32. Nearest: 192, 224",
        ),
        (
            lambda: Stage(groups=MLPS, width=8, down="block"),
            "down=block needs a block that starts with mbconv; got mlp first",
        ),
        (lambda: Stage(groups=MLPS, width=8, stride=3), "stride is 1 or 2; got 3"),
        (lambda: Stage(groups=MLPS, width=8, pool=0), "pool is a whole number, 1 or more; got 0"),
        (
            lambda: Stage(groups=MLPS, width=8, down="max"),
            "down is block, pool, patch or dwconv; got max",
        ),
        (lambda: Stem(widths=()), "a stem needs at least one width, such as stem(32); got none"),
        (lambda: Stem(widths=(8, 0)), "a width is from 1 to 65536; got 0"),
        (lambda: Stem(widths=(8,), stride=3), "stride is 1, 2, 4, 8, 16 or 32; got 3"),
        (lambda: Stem(widths=(8,), kernel=0), "kernel is a whole number, 1 or more; got 0"),
        (lambda: Network(stem=STEM, stages=()), "a network needs at least one stage; got none"),
        (
            lambda: Network(stem=STEM, stages=(Stage(groups=MLPS, width=8),), resolution=0),
            "a resolution is from 1 to 16384 pixels; got 0",
        ),
    ],
)
def test_a_part_that_cannot_be_is_an_error_when_made(make, message):
    with pytest.raises(UserError) as error:
        make()
    assert str(error.value) == message


def test_an_error_of_a_part_made_by_hand_has_no_place():
    with pytest.raises(GrammarError) as error:
        Stage(groups=MLPS, width=0)
    assert (error.value.line, error.value.column, error.value.help) == (0, 0, "")


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (Stage(groups=(*MLPS, *MLPS), width=8), "4x mlp @8"),
        (
            Stage(groups=(Group(depth=1, block=(MLP(expand=2.0),)),), width=8, stride=1),
            "1x mlp(expand=2) @8(stride=1)",
        ),
        (
            Stage(groups=(Group(depth=1, block=(Attn(window=4, head=8),)),), width=8),
            "1x attn(window=4, head=8) @8",
        ),
    ],
)
def test_a_stage_made_by_hand_is_the_one_that_its_text_says(made, text):
    network = Network(stem=STEM, stages=(made,))
    assert str(network) == f"stem(8) | {text}"
    assert parse(str(network)) == network


@pytest.mark.parametrize(("first", "down"), [(MBConv(), "block"), (Attn(head=8), "pool"), (MLP(), "pool")])
def test_a_stage_downsamples_by_its_first_layer_where_that_can(first, down):
    assert Stage(groups=(Group(depth=1, block=(first, MBConv())),), width=8).down == down


def test_the_blocks_of_a_stage_stand_in_order():
    (stage,) = parse("stem(8) | 2x mlp, 1x mbconv+mlp @8").stages
    assert stage.blocks == ((MLP(),), (MLP(),), (MBConv(), MLP()))


def test_the_width_and_the_reductions_of_a_network():
    network = parse("stem(8, stride=4) | 1x mlp @16 | 1x mlp @24(stride=1) | 1x mlp @32")
    assert (network.width, network.reductions) == (32, (4, 8, 8, 16))


TWO_STAGES = "stem(8) | 1x attn({}head=8{}) @8 | 1x mlp @8 | 1x attn({}head=8{}) @8 for 64px"


@pytest.mark.parametrize(
    ("text", "windows", "after"),
    [
        # Maps of 16, 8 and 4 px: the tables keep these sides.
        (TWO_STAGES.format("", "", "", ""), [], TWO_STAGES.format("", "", "", "")),
        (TWO_STAGES.format("", "", "", ""), [2], TWO_STAGES.format("", "", "window=2, ", ", pos=4")),
        (
            TWO_STAGES.format("", "", "", ""),
            [8, (2, 4)],
            TWO_STAGES.format("window=8, ", ", pos=16", "window=2x4, ", ", pos=4"),
        ),
        (
            "stem(8) | 2x mlp+attn(head=8), 1x attn(head=8) @8 for 32px",
            [4],
            "stem(8) | 2x mlp+attn(window=4, head=8, pos=8), 1x attn(window=4, head=8, pos=8) @8 for 32px",
        ),
        (
            "stem(8) | 1x attn(head=8) @8 for 64px",
            [16],
            "stem(8) | 1x attn(window=16, head=8) @8 for 64px",
        ),
        (
            "stem(8) | 1x attn(head=8)+attn(window=7, head=8)+attn(grid=5, head=8)+attn(head=8, pos=none)"
            "+attn(head=8, pos=14x16) @8 for 64px",
            [7],
            "stem(8) | 1x attn(window=7, head=8, pos=16)+attn(window=7, head=8)+attn(window=7, head=8, pos=5)"
            "+attn(window=7, head=8, pos=none)+attn(window=7, head=8, pos=14x16) @8 for 64px",
        ),
        (
            "stem(8) | 1x attn(head=8) @8 for 33px",
            [4],
            "stem(8) | 1x attn(window=4, head=8, pos=9) @8 for 33px",
        ),
        (
            "stem(8) | 1x attn(window=4, shift=2, head=8)+attn(weights=uniform) @8 for 32px",
            [3],
            "stem(8) | 1x attn(window=3, head=8, pos=4)+attn(window=3, weights=uniform) @8 for 32px",
        ),
    ],
)
def test_windowed_sets_windows_from_the_last_stage_and_keeps_every_table(text, windows, after):
    assert str(parse(text).windowed(*windows)) == after


def test_a_window_may_have_sides_of_1():
    windowed = parse("stem(8) | 1x attn(head=8) @8 for 16px").windowed((1, 2))
    assert str(windowed) == "stem(8) | 1x attn(window=1x2, head=8, pos=4) @8 for 16px"


def test_windowed_twice_keeps_the_first_table():
    network = parse("stem(8) | 1x attn(head=8) @8 for 64px")
    assert network.windowed(4).windowed(8) == network.windowed(8)
    assert str(network.windowed(4).windowed(16)) == "stem(8) | 1x attn(window=16, head=8) @8 for 64px"


@pytest.mark.parametrize(
    ("windows", "message"),
    [
        ([7, 7], "windowed takes one window per stage with attention; got 2 windows for 1 such stages"),
        ([0], "a window has sides of 1 or more; got 0"),
        ([(7, 0)], "a window has sides of 1 or more; got 7x0"),
    ],
)
def test_windows_that_cannot_be_are_an_error(windows, message):
    with pytest.raises(UserError) as error:
        parse("stem(8) | 1x mlp @8 | 1x attn(head=8) @8").windowed(*windows)
    assert str(error.value) == message


def test_a_network_is_a_space_of_size_one():
    network = parse("stem(8) | 1x mlp @8")
    assert (len(network), network.size, network.factors) == (1, 1, ())
    assert list(network) == [network]
    assert network[0] is network[-1] is network.sample(random.Random(0)) is network.bind() is network
    assert network.levels(0) == {}
    for outside in (1, -2):
        with pytest.raises(IndexError):
            network[outside]
        with pytest.raises(IndexError):
            network.levels(outside)
    with pytest.raises(UserError) as error:
        network.bind(w=8)
    assert str(error.value) == "the space has no factor 'w'\n  its factors: none"


def test_a_network_is_a_key_of_dictionaries_and_does_not_change():
    network = parse("stem(8) | 1x mlp @8")
    assert {network: 1}[parse("stem(8)|mlp@8")] == 1
    assert replace(network, resolution=32).key != network.key
    with pytest.raises(AttributeError):
        network.resolution = 32
