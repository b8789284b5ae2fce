"""Factors: their order, their levels, binding them, and what is wrong with them."""

import random

import pytest

from moat_lab import GrammarError, Space, parse
from moat_lab.errors import UserError

TEXT = "stem(w) | n x f @2w for 32px where w in {8, 16}, n in 1..3, f in {mbconv, mlp(expand=2)}"


@pytest.fixture
def space():
    return parse(TEXT)


def test_the_last_factor_changes_fastest(space):
    assert [str(network) for network in space][:7] == [
        "stem(8) | 1x mbconv @16 for 32px",
        "stem(8) | 1x mlp(expand=2) @16 for 32px",
        "stem(8) | 2x mbconv @16 for 32px",
        "stem(8) | 2x mlp(expand=2) @16 for 32px",
        "stem(8) | 3x mbconv @16 for 32px",
        "stem(8) | 3x mlp(expand=2) @16 for 32px",
        "stem(16) | 1x mbconv @32 for 32px",
    ]
    assert (len(space), space.size) == (12, 12)


def test_an_index_counts_from_either_end(space):
    assert space[-1] == space[11] == parse("stem(16) | 3x mlp(expand=2) @32 for 32px")
    assert space.digits(7) == (1, 0, 1)
    assert space.levels(7) == {"w": "16", "n": "1", "f": "mlp(expand=2)"}
    assert space.levels(-5) == space.levels(7)


@pytest.mark.parametrize("index", [12, -13, 10**30])
def test_an_index_outside_is_an_error_with_the_size(space, index):
    with pytest.raises(IndexError, match=f"the space has 12 points; got index {index}"):
        space[index]


def test_binding_some_factors_leaves_a_space_and_binding_all_a_network(space):
    assert str(space.bind(n=2)) == (
        "stem(w) | 2x f @2w for 32px where w in {8, 16}, f in {mbconv, mlp(expand=2)}"
    )
    assert space.bind(n=2).bind(w=8, f="mlp(expand=2)") == parse("stem(8) | 2x mlp(expand=2) @16 for 32px")
    assert space.bind() == space


@pytest.mark.parametrize(
    ("stage", "levels", "level", "bound"),
    [
        ("1x mlp(expand=a) @8", "{0.5, 2}", 0.5, "1x mlp(expand=0.5) @8"),
        ("1x mlp(expand=a) @8", "{0.5, 2}", 2.0, "1x mlp(expand=2) @8"),
        ("1x mlp(expand=a) @8", "{0.5, 2}", "0.5", "1x mlp(expand=0.5) @8"),
        ("1x attn(head=8, window=a) @8", "{7x8, 7}", (7, 8), "1x attn(window=7x8, head=8) @8"),
        ("1x attn(head=8, window=a) @8", "{7x8, 7}", (7, 7), "1x attn(window=7, head=8) @8"),
        ("1x attn(head=8, window=a) @8", "{7x8, 7x7}", 7, "1x attn(window=7, head=8) @8"),
        ("1x mlp @8(down=a)", "{pool, patch}", "pool", "1x mlp @8"),
        ("1x a, 2x mlp @8", "{mlp, mbconv}", "mlp", "3x mlp @8"),
    ],
)
def test_a_level_is_bound_by_its_value_or_its_text(stage, levels, level, bound):
    space = parse(f"stem(8) | {stage} where a in {levels}")
    assert str(space.bind(a=level)) == f"stem(8) | {bound}"


def test_a_factor_may_have_any_name_that_means_nothing_yet():
    space = parse("stem(8) | 1x mlp(expand=self) @levels where self in {1, 2}, levels in {8, 16}")
    assert space.bind(self=2, levels=16) == parse("stem(8) | 1x mlp(expand=2) @16")


@pytest.mark.parametrize(
    ("bound", "message"),
    [
        ({"wd": 8}, "the space has no factor 'wd'\n  did you mean 'w'? its factors: w, n, f"),
        ({"depth": 8}, "the space has no factor 'depth'\n  its factors: w, n, f"),
        ({"w": 24}, "factor 'w' has no level '24'\n  its levels: 8, 16"),
        (
            {"f": "mbcon"},
            "factor 'f' has no level 'mbcon'\n  did you mean 'mbconv'? its levels: mbconv, mlp(expand=2)",
        ),
    ],
)
def test_binding_what_is_not_there_is_an_error_that_names_the_nearest(space, bound, message):
    with pytest.raises(UserError) as error:
        space.bind(**bound)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("levels", "canonical"),
    [
        ("{8, 16, 24}", "8..24:8"),
        ("{1, 2, 3}", "1..3"),
        ("{8, 16}", "{8, 16}"),
        ("8..16:8", "{8, 16}"),
        ("8..8", "{8}"),
        ("8..30:8", "8..24:8"),
        ("{24, 16, 8}", "{24, 16, 8}"),
        ("{8, 16, 32}", "{8, 16, 32}"),
        ("{8.0, 16}", "{8, 16}"),
    ],
)
def test_the_levels_of_a_width_have_one_spelling(levels, canonical):
    assert str(parse(f"stem(8) | 1x mlp @w where w in {levels}")).endswith(f"w in {canonical}")


@pytest.mark.parametrize(
    ("levels", "canonical"),
    [
        ("{mbconv(), mlp}", "{mbconv, mlp}"),
        ("{mbconv(expand=4), mlp + mlp(expand=4.0)}", "{mbconv, mlp+mlp}"),
    ],
)
def test_the_levels_of_a_block_have_one_spelling(levels, canonical):
    space = parse(f"stem(8) | 1x f @8 where f in {levels}")
    assert str(space).endswith(f"f in {canonical}")
    assert parse(str(space)) == space


def test_a_default_downsampling_is_left_out_as_soon_as_the_first_layer_is_known():
    space = parse("stem(8) | n x f @8(down=d) where n in {1, 2}, f in {mlp, mbconv}, d in {pool, patch}")
    bound = space.bind(f="mlp", d="pool")
    assert str(bound) == "stem(8) | n x mlp @8 where n in {1, 2}"
    assert parse(str(bound)) == bound
    assert str(space.bind(f="mbconv", d="pool")) == "stem(8) | n x mbconv @8(down=pool) where n in {1, 2}"


DOWN = "stem(8) | 2x f @8(down={}) for 16px where f in {{mbconv, mbconv+mlp}}, d in {{{}, pool}}"


def test_downsampling_by_the_block_was_once_called_mbconv():
    today, once = parse(DOWN.format("d", "block")), parse(DOWN.format("d", "mbconv"))
    assert str(once) == DOWN.format("d", "mbconv")
    assert list(once) == list(today)
    assert once.levels(0) == {"f": "mbconv", "d": "mbconv"}
    assert once.bind(d="mbconv") == today.bind(d="block")
    assert str(once.bind(d="mbconv")) == DOWN.format("block", "").partition(", d in")[0]


def test_a_block_may_be_called_block_and_do_the_downsampling():
    text = "stem(8) | 2x block @8(down=block) where block in {mbconv, mbconv+mlp}"
    space = parse(text)
    assert str(space) == text
    assert list(map(str, space)) == ["stem(8) | 2x mbconv @8", "stem(8) | 2x mbconv+mlp @8"]
    with pytest.raises(GrammarError, match="down=block needs a block that starts with mbconv; got mlp first"):
        parse("stem(8) | 2x block @8(down=block) where block in {mbconv, mlp}")


def test_one_level_still_makes_a_space():
    space = parse("stem(8) | 1x mlp @w where w in {8}")
    assert isinstance(space, Space)
    assert list(space) == [parse("stem(8) | 1x mlp @8")]


def test_a_space_of_more_points_than_can_be_listed_is_indexed_and_sampled():
    stages = " | ".join(f"1x mlp @w{i}" for i in range(40))
    space = parse(f"stem(8) | {stages} where {', '.join(f'w{i} in 1..100' for i in range(40))}")
    assert space.size == 100**40
    assert [stage.width for stage in space[-2].stages] == [100] * 39 + [99]
    first, second = (space.sample(random.Random(seed)) for seed in (0, 1))
    assert first != second
    assert first == space.sample(random.Random(0))
    with pytest.raises(OverflowError):
        len(space)


def test_options_of_a_blocks_levels_are_factors_of_their_own():
    where = "where b in {mbconv+attn(window=w), attn(window=w)+mlp}, w in {global, 4}"
    text = f"stem(16) | 2x b @32 for 32px {where}"
    space = parse(text)
    assert str(space) == text
    assert [str(network).split("x ")[1].split(" @")[0] for network in space] == [
        "mbconv+attn",
        "mbconv+attn(window=4)",
        "attn+mlp",
        "attn(window=4)+mlp",
    ]
    assert space.levels(3) == {"b": "attn(window=w)+mlp", "w": "4"}
    assert space.bind(b="attn(window=w)+mlp").bind(w=4) == space[3]
    assert space.bind(w=4).bind(b="attn(window=4)+mlp") == space[3]


@pytest.mark.parametrize(
    ("names", "levels", "got"),
    [(4, 999, "996005996002"), (4, 1000, r"more than 10\^12"), (1500, 999, r"more than 10\^12")],
)
def test_a_count_of_thousands_of_digits_is_an_error_in_words(names, levels, got):
    depths = ", ".join(f"n{i} x mbconv" for i in range(names))
    text = f"stem(4) | {depths} @8 for 16px where " + ", ".join(f"n{i} in 1..{levels}" for i in range(names))
    with pytest.raises(GrammarError, match=f"at most 20000 variants together; got {got}\n"):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        f"stem(4) | 1x mbconv @w for 16px where w in {{{', '.join(map(str, range(1, 100_001)))}}}",
        f"stem(4) | {' | '.join(['1x mbconv @8(stride=1)'] * 20_000)} for 16px",
        f"stem(4) | 1x {'+'.join(['mbconv'] * 20_000)} @8",
    ],
    ids=["levels", "stages", "layers"],
)
def test_a_text_that_would_take_long_to_read_is_refused(text):
    with pytest.raises(GrammarError, match=r"a text has at most 100,000 characters; got \d\d\d,\d\d\d"):
        parse(text)
