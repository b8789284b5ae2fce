"""What a line of text means, literally."""

import pytest

from moat_lab import ZOO, GrammarError, Network, Space, parse
from moat_lab.blocks.attn import Attn
from moat_lab.blocks.mbconv import MBConv
from moat_lab.blocks.mlp import MLP
from moat_lab.grammar import Group, Stage, Stem, to_network

EARLY = "stem(32, 32) | 2x mbconv(se=0.25) @32 | 3x mbconv(se=0.25) @64"


def stage(width, *groups, **options):
    """A stage of groups (depth, layer, layer ...)."""
    made = tuple(Group(depth=depth, block=tuple(block)) for depth, *block in groups)
    return Stage(groups=made, width=width, **options)


def last_two(third, fourth):
    early = stage(32, (2, MBConv(se=0.25))), stage(64, (3, MBConv(se=0.25)))
    return Network(stem=Stem(widths=(32, 32)), stages=(*early, third, fourth))


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        (
            f"{EARLY} | 7x mbconv+attn @128 | 2x mbconv+attn @256",
            last_two(stage(128, (7, MBConv(), Attn())), stage(256, (2, MBConv(), Attn()))),
        ),
        (
            f"{EARLY} | 7x attn+mbconv @128 | 2x attn+mbconv @256",
            last_two(stage(128, (7, Attn(), MBConv())), stage(256, (2, Attn(), MBConv()))),
        ),
        (
            f"{EARLY} | 7x attn+mlp @128 | 2x attn+mlp @256",
            last_two(stage(128, (7, Attn(), MLP())), stage(256, (2, Attn(), MLP()))),
        ),
        (
            f"{EARLY} | 7x mbconv+attn(window=14) @128 | 2x mbconv+attn(window=7x8) @256",
            last_two(
                stage(128, (7, MBConv(), Attn(window=(14, 14)))),
                stage(256, (2, MBConv(), Attn(window=(7, 8)))),
            ),
        ),
        (
            f"{EARLY} | 6x mbconv+attn(window=14), 1x mbconv+attn @128 | 2x mbconv+attn @256",
            last_two(
                stage(128, (6, MBConv(), Attn(window=(14, 14))), (1, MBConv(), Attn())),
                stage(256, (2, MBConv(), Attn())),
            ),
        ),
        (
            f"{EARLY} | 7x mbconv+attn @128(down=patch) | 2x mbconv+attn @256",
            last_two(stage(128, (7, MBConv(), Attn()), down="patch"), stage(256, (2, MBConv(), Attn()))),
        ),
        (
            "stem(16, stride=1) | 1x mbconv @16(stride=1) | 2x mbconv+attn @32 for 32px",
            Network(
                stem=Stem(widths=(16,), stride=1),
                stages=(stage(16, (1, MBConv()), stride=1), stage(32, (2, MBConv(), Attn()))),
                resolution=32,
            ),
        ),
        (
            "stem(8, kernel=5)"
            " | 1x mbconv(expand=1.5, kernel=7)+attn(grid=7, head=8, pos=14x16)+mlp(expand=2) @16(pool=3)",
            Network(
                stem=Stem(widths=(8,), kernel=5),
                stages=(
                    stage(
                        16,
                        (
                            1,
                            MBConv(expand=1.5, kernel=7),
                            Attn(grid=(7, 7), head=8, pos=(14, 16)),
                            MLP(expand=2),
                        ),
                        pool=3,
                    ),
                ),
            ),
        ),
    ],
)
def test_a_line_of_text_is_this_network(text, meaning):
    assert parse(text) == meaning
    assert str(meaning) == text


@pytest.mark.parametrize(
    ("text", "size"),
    [
        (
            "stem(w, w) | 2x mbconv(se=s) @w | 3x mbconv(se=s) @2w | 7x order @4w | 2x order @8w"
            " where w in {32, 40, 56, 80}, s in {0, 0.25}, order in {mbconv+attn, attn+mbconv, attn+mlp}",
            24,
        ),
        (
            "stem(16, stride=1) | n x f @32 | 1x g @64 for 32px where n in 1..3,"
            " f in {mbconv, mbconv(se=0.25)}, g in {mbconv+attn, attn(window=4, head=8)+mlp(expand=2)}",
            12,
        ),
    ],
)
def test_a_line_with_where_is_a_space_of_this_size(text, size):
    space = parse(text)
    assert isinstance(space, Space)
    assert (len(space), str(space)) == (size, text)


@pytest.mark.parametrize(
    ("spelling", "canonical"),
    [
        ("stem(8)|mlp@8", "stem(8) | 1x mlp @8"),
        (" stem( 8 )\n| 1 x mlp @ 8\t", "stem(8) | 1x mlp @8"),
        ("stem(8) |\r\n2xmlp @8 for 224 px", "stem(8) | 2x mlp @8"),
        ("stem(kernel=3, 8, stride=2) | 1x mlp() @8()", "stem(8) | 1x mlp @8"),
        ("stem(8) | 1x mlp, 2x mlp, mlp @8", "stem(8) | 4x mlp @8"),
        ("stem(8) | 1x mlp, 1x mbconv, 1x mlp @8", "stem(8) | 1x mlp, 1x mbconv, 1x mlp @8"),
        ("stem(8) | 1x mlp(expand=4.0) @8(stride=2.0)", "stem(8) | 1x mlp @8"),
        ("stem(8) | 1x mlp(expand=2.50) @8(stride=1.0)", "stem(8) | 1x mlp(expand=2.5) @8(stride=1)"),
        ("stem(8) | 1x mbconv(se=0.0, kernel=5) @8", "stem(8) | 1x mbconv(kernel=5) @8"),
        ("stem(8) | 1x attn(head=8, window=7x7) @8", "stem(8) | 1x attn(window=7, head=8) @8"),
        ("stem(8) | 1x attn(head=8, window=global, grid=none, pos=rel) @8", "stem(8) | 1x attn(head=8) @8"),
        ("stem(8) | 1x mbconv @8(down=mbconv)", "stem(8) | 1x mbconv @8"),
        ("stem(8) | 1x mbconv @8(down=block)", "stem(8) | 1x mbconv @8"),
        ("stem(8) | 1x mlp @8(down=pool)", "stem(8) | 1x mlp @8"),
        ("stem(8) | 1x mbconv @8(down=pool)", "stem(8) | 1x mbconv @8(down=pool)"),
        ("stem(08) | 1x mlp @0008", "stem(8) | 1x mlp @8"),
    ],
)
def test_a_network_has_one_spelling(spelling, canonical):
    assert str(parse(spelling)) == canonical
    assert parse(spelling).key == parse(canonical).key


def test_the_key_is_of_the_text_and_never_changes():
    assert parse("stem(8) | 1x mlp @8").key == "bf08924c732f"


def test_a_name_of_the_zoo_is_its_network():
    assert parse(" tiny_moat_0\n") == parse(ZOO["tiny_moat_0"])


def test_network_takes_a_network_as_it_is_and_refuses_a_space():
    one = parse("stem(8) | 1x mlp @8")
    assert to_network(one) is one
    assert to_network(str(one)) == one
    with pytest.raises(GrammarError) as error:
        to_network("stem(8) | 1x mlp @w where w in {8, 16}")
    assert str(error.value) == (
        "column 21: one network is needed; got a space of 2\n"
        "  stem(8) | 1x mlp @w where w in {8, 16}\n"
        "                      ^^^^^\n"
        "  bind its names, or leave `where` out"
    )


def test_lines_may_end_as_on_windows():
    with pytest.raises(GrammarError) as error:
        parse("stem(8) |\r\n  1x mpl @8\r\n")
    assert (error.value.line, error.value.column) == (2, 6)
    assert str(error.value).split("\n")[1:3] == ["    1x mpl @8", "       ^^^"]
