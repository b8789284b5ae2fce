"""Text and network are each other's inverse, and no text does anything else than parse or be refused."""

import random
import time
from collections import Counter
from dataclasses import fields, replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moat_lab import ZOO, GrammarError, Network, parse
from moat_lab.blocks import LAYERS
from moat_lab.blocks.options import Value, changed_options, kinds
from moat_lab.errors import UserError, readable
from moat_lab.grammar import Group, Stage, Stem
from moat_lab.grammar.network import DOWNSAMPLINGS
from tests.property.networks import OPTIONS, SMALL, network, network_text, networks, space_text, spaces

ANY_RESOLUTION = (*SMALL, 224, 1, 16_384)
SLOW_S = 5
"""Of a processor: no text takes this long, on a slow machine either; most take a millisecond."""


def by_hand(network: Network) -> Network:
    """The same network made from its parts, without the parser."""
    stages = []
    for stage in network.stages:
        blocks = [Group(depth=1, block=tuple(map(replace, block))) for block in stage.blocks]
        stages.append(replace(stage, groups=tuple(blocks)))
    return Network(stem=replace(network.stem), stages=tuple(stages), resolution=network.resolution)


def assert_round_trip(network: Network) -> None:
    text = str(network)
    again = parse(text)
    assert again == network
    assert (str(again), again.key) == (text, network.key)


def test_networks_are_read_back_from_their_text():
    for seed in range(3_000):
        assert_round_trip(network(random.Random(seed), resolutions=ANY_RESOLUTION))


def test_the_networks_drawn_use_every_layer_every_option_and_every_downsampling():
    drawn = [network(random.Random(seed)) for seed in range(500)]
    stages = [stage for one in drawn for stage in one.stages]
    layers = [layer for stage in stages for block in stage.blocks for layer in block]
    owners = [*layers, *stages, *(one.stem for one in drawn)]
    used = {(type(owner), name) for owner in owners for name in changed_options(owner)}
    every = {
        (owner, name)
        for owner in [Stem, Stage, *(LAYERS[keyword] for keyword in OPTIONS)]
        for name in kinds(owner)
    }
    assert every - used == set()
    assert {stage.down for stage in stages} == {*DOWNSAMPLINGS}
    assert {len(one.stages) for one in drawn} == {1, 2, 3, 4}
    assert {len(one.stem.widths) for one in drawn} == {1, 2, 3}
    assert max(stage.width for stage in stages) == 64


@given(networks(resolutions=ANY_RESOLUTION))
@settings(max_examples=300)
def test_a_network_is_read_back_from_its_text(network):
    assert_round_trip(by_hand(network))


@given(networks(resolutions=ANY_RESOLUTION), st.integers(0, 2**32))
@settings(max_examples=500)
def test_every_spelling_of_a_network_gives_one_text_and_one_key(network, seed):
    again = parse(noisy(network, random.Random(seed)))
    assert (again, str(again), again.key) == (network, str(network), network.key)


@given(spaces())
@settings(max_examples=300)
def test_a_space_is_read_back_from_its_text(space):
    again = parse(str(space))
    assert (again, str(again)) == (space, str(space))


@given(spaces(), st.data())
@settings(max_examples=200)
def test_a_space_is_the_product_of_its_factors(space, data):
    points = list(space)
    names = [factor.name for factor in space.factors]
    texts = product(*(factor.texts for factor in space.factors))
    levels = [dict(zip(names, at_point, strict=True)) for at_point in texts]
    assert len(space) == space.size == len(points) == len(levels)
    assert [space.levels(i) for i in range(len(space))] == levels
    index = data.draw(st.integers(-len(points), len(points) - 1))
    assert space[index] == points[index]
    assert space.bind(**space.levels(index)) == points[index]
    for outside in (len(points), -len(points) - 1):
        with pytest.raises(IndexError):
            space[outside]


@given(spaces(), st.data())
@settings(max_examples=200)
def test_factors_are_bound_in_any_order(space, data):
    index = data.draw(st.integers(0, len(space) - 1))
    levels, bound = space.levels(index), space
    for name in data.draw(st.permutations(list(levels))):
        bound = bound.bind(**{name: levels[name]})
        assert parse(str(bound)) == bound
    assert bound == space[index]


@given(spaces(), st.data())
@settings(max_examples=100)
def test_a_level_that_is_none_of_a_factor_is_an_error_that_lists_them(space, data):
    factor = data.draw(st.sampled_from(space.factors))
    with pytest.raises(UserError) as error:
        space.bind(**{factor.name: f"{factor.texts[0]}0"})
    assert str(error.value).startswith(f"factor '{factor.name}' has no level '{factor.texts[0]}0'\n")
    assert str(error.value).endswith(f"its levels: {', '.join(factor.texts)}")


def test_sampling_is_uniform_and_repeats_with_its_seed():
    space = parse("stem(w) | n x f @w where w in {8, 16}, n in 1..3, f in {mbconv, mlp}")
    drawn = [space.sample(rng) for rng in [random.Random(0)] for _ in range(12_000)]
    again = [space.sample(rng) for rng in [random.Random(0)] for _ in range(12_000)]
    assert drawn == again
    counts = Counter(map(str, drawn))
    assert set(counts) == set(map(str, space))
    # A count has mean 1000 and standard deviation 30.
    assert 880 < min(counts.values()) <= max(counts.values()) < 1120


def test_broken_texts_are_read_or_refused_and_nothing_else():
    rng = random.Random(0)
    texts = [*ZOO.values(), *(network_text(rng) for _ in range(60)), *(space_text(rng) for _ in range(60))]
    outcomes = Counter(outcome(broken(rng, texts)) for _ in range(3_000))
    assert set(outcomes) == {"Network", "Space", "GrammarError"}
    assert min(outcomes.values()) >= 30


@given(st.text(max_size=60) | st.text(alphabet="stemx |@(){}=,.+:0123456789w\n\t", max_size=60))
@settings(max_examples=500)
def test_any_text_is_read_or_refused_and_nothing_else(text):
    outcome(text)


STEM = "stem(8) | "
LONG = {
    "digits": STEM + "1x mlp @" + "9" * 90_000,
    "decimals": STEM + "1x mlp(expand=0." + "3" * 90_000 + ") @8",
    "pair": STEM + "1x attn(window=" + "9" * 45_000 + "x" + "9" * 45_000 + ") @8",
    "range": STEM + "1x mlp @w where w in 0..999999999",
    "range of steps": STEM + "1x mlp @w where w in 0..999999999:999",
    "depth": STEM + "999999999x mlp @8",
    "depths that add up": STEM + ", ".join(["1000x mlp"] * 1000) + " @8",
    "expansion": STEM + "1x mlp(expand=999999999) @8",
    "scale": STEM + "1x mlp @999999999w where w in {999999999}",
    "brackets": "(" * 100_000,
    "nested": STEM + "mlp(" * 20_000,
    "stems": "stem(" * 20_000,
    "name": "a" * 100_000,
    "layer": STEM + "1x " + "m" * 90_000 + " @8",
    "option": STEM + "1x mlp(" + "e" * 90_000 + "=1) @8",
    "spaces": " " * 100_000,
    "lines": "\n" * 100_000,
    "layers": STEM + "+".join(["mlp"] * 3_000) + " @8",
    "stages": STEM + " | ".join(["1x mlp @8"] * 1_000),
    "levels": STEM + "1x mlp @w where w in {" + ", ".join(map(str, range(1, 3_000))) + "}",
    "points": STEM
    + " | ".join(f"1x mlp @w{i}" for i in range(200))
    + " where "
    + ", ".join(f"w{i} in 1..90" for i in range(200)),
    "variants": STEM + "1x mlp(expand=e) @w where e in 1..1000, w in 1..1000",
    "variants of many stages": STEM + " | ".join(["n x mlp @w"] * 100) + " where n in 1..100, w in 1..200",
    "factors": STEM + "1x mlp @8 where " + ", ".join(f"w{i} in 1..1000" for i in range(200)),
}


@pytest.mark.parametrize("text", LONG.values(), ids=LONG)
def test_a_text_that_asks_for_much_is_answered_soon(text):
    outcome(text)


def outcome(text: str) -> str:
    """What became of a text, after a look at the answer: the class's name."""
    start = time.process_time()
    try:
        answer = parse(text)
        assert parse(str(answer)) == answer
    except GrammarError as error:
        answer = error
        assert_caret_lies_under_the_text(error, text)
    assert time.process_time() - start < SLOW_S, text[:200]
    return type(answer).__name__


def assert_caret_lies_under_the_text(error: GrammarError, text: str) -> None:
    lines = text.split("\n")
    assert 1 <= error.line <= len(lines), text
    line = lines[error.line - 1]
    # One place after the last character is where the text ends too early.
    assert 1 <= error.column <= len(line) + 1, text
    place = f"line {error.line}, column {error.column}" if len(lines) > 1 else f"column {error.column}"
    sentence, shown, caret = str(error).split("\n")[:3]
    assert sentence == f"{place}: {error.message}"
    written = [readable(char) for char in line.rstrip("\r")]
    assert shown == "  " + "".join(written)
    assert caret.strip("\t ^") == ""
    assert caret.index("^") == 2 + len("".join(written[: error.column - 1]))
    assert len(caret) <= max(len(shown), caret.index("^") + 1)


WORDS = "stem ( ) | @ x + , = { } .. : for px where in mbconv attn mlp window se global none pool 7x8 w 2w"
NUMBERS = "0 0.5 999999999 9999999999 0..999999999 -1 1e9 nan"
CHARACTERS = "stemx|@(){}=,.+:0123456789w_ \n\t\r\0×х｜＠²٣é\u00a0\u2028\ud800😀'\"\\%#-"


def broken(rng: random.Random, texts: list[str]) -> str:
    """A text with one or a few pieces changed."""
    text = rng.choice(texts)
    for _ in range(rng.choice((1, 1, 2, 4))):
        text = rng.choice(CHANGES)(rng, text, texts)
    return text


def _character(rng, text, texts):
    at, gone = rng.randint(0, len(text)), rng.randint(0, 1)
    return text[:at] + rng.choice(CHARACTERS) + text[at + gone :]


def _removed(rng, text, texts):
    at = rng.randint(0, len(text))
    return text[:at] + text[at + rng.randint(1, 5) :]


def _token(rng, text, texts):
    at = rng.randint(0, len(text))
    return text[:at] + rng.choice((WORDS + " " + NUMBERS).split()) + text[at + rng.randint(0, 3) :]


def _digit(rng, text, texts):
    at = [i for i, char in enumerate(text) if char.isdecimal()] or [0]
    i = rng.choice(at)
    return text[:i] + rng.choice(["0", "1", "7", "00", "99999", "3.5"]) + text[i + 1 :]


def _doubled(rng, text, texts):
    first, last = sorted(rng.choices(range(len(text) + 1), k=2))
    return text[:last] + text[first:]


def _swapped(rng, text, texts):
    words = text.split(" ")
    i, j = rng.choices(range(len(words)), k=2)
    words[i], words[j] = words[j], words[i]
    return " ".join(words)


def _cut(rng, text, texts):
    return text[: rng.randint(0, len(text))]


def _joined(rng, text, texts):
    return text + rng.choice(["", " ", " | ", "\n", " where "]) + rng.choice(texts)


OLDER = {"block": ["block", "mbconv"]}
"""Value -> the spellings that stand for it."""
CHANGES = (_character, _removed, _token, _digit, _doubled, _swapped, _cut, _joined)


def noisy(network: Network, rng: random.Random) -> str:
    """The network in a spelling of its own: spaces, defaults, split groups, 4.0 and 7x7."""
    stem = network.stem
    options = _options(stem, rng)
    rng.shuffle(options)
    tokens = ["stem", "(", *_comma([[str(width)] for width in stem.widths] + options), ")"]
    for stage in network.stages:
        tokens += ["|", *_comma([tokens for group in stage.groups for tokens in _split(group, rng)])]
        tokens += ["@", str(stage.width), *_parenthesised(_options(stage, rng), rng)]
    if network.resolution != 224 or rng.random() < 0.5:
        tokens += [" for ", str(network.resolution), "px"]
    gaps = ["", "", " ", "  ", "\n", "\t", "\r\n"]
    return "".join(rng.choice(gaps) + token for token in tokens) + rng.choice(gaps)


def _split(group, rng):
    depth = group.depth
    while depth:
        part = rng.randint(1, depth)
        layers = [[layer.keyword, *_parenthesised(_options(layer, rng), rng)] for layer in group.block]
        block = layers[0] + [token for layer in layers[1:] for token in ["+", *layer]]
        yield block if part == 1 and rng.random() < 0.5 else [str(part), "x", *block]
        depth -= part


def _options(owner, rng):
    """Every option that is not the default, and some that are."""
    defaults = {field.name: field.default for field in fields(owner)}
    values = {name: getattr(owner, name) for name in kinds(type(owner))}
    return [
        [name, "=", _value(value, type(owner).__annotations__[name], rng)]
        for name, value in values.items()
        if value != defaults[name] or rng.random() < 0.3
    ]


def _value(value: Value, annotation: str | type, rng: random.Random) -> str:
    if isinstance(value, tuple):
        height, width = value
        return str(height) if height == width and rng.random() < 0.5 else f"{height}x{width}"
    if annotation in (float, "float"):
        return rng.choice([str(value), f"{value:.2f}", f"0{value:.4f}"])
    return rng.choice(OLDER.get(value, [str(value)]))


def _parenthesised(options, rng):
    rng.shuffle(options)
    return ["(", *_comma(options), ")"] if options or rng.random() < 0.2 else []


def _comma(items):
    return [token for i, item in enumerate(items) for token in ([","] if i else []) + item]
