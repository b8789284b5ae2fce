"""Which values an option takes, and the one form and spelling of each."""

from dataclasses import dataclass

import pytest

from moat_lab.blocks.attn import Attn
from moat_lab.blocks.mbconv import MBConv
from moat_lab.blocks.mlp import MLP
from moat_lab.blocks.options import (
    ODD,
    POSITIVE,
    SHARE,
    changed_options,
    kinds,
    one_of,
    option,
    sides,
    value_text,
    whole_number,
)
from moat_lab.errors import UserError

NO = None
WINDOW = sides("global", "none")


@pytest.mark.parametrize(
    ("kind", "value", "form"),
    [
        (whole_number(), 1, 1),
        (whole_number(), 0, NO),
        (whole_number(), 4.0, NO),
        (whole_number(), "four", NO),
        (whole_number(), (7, 7), NO),
        (whole_number(minimum=3), 3, 3),
        (whole_number(minimum=3), 2, NO),
        (ODD, 1, 1),
        (ODD, 3, 3),
        (ODD, 4, NO),
        (ODD, 3.0, NO),
        (POSITIVE, 4, 4),
        (POSITIVE, 4.0, 4),
        (POSITIVE, 0.25, 0.25),
        (POSITIVE, 0, NO),
        (POSITIVE, float("inf"), NO),
        (POSITIVE, float("nan"), NO),
        (SHARE, 0, 0),
        (SHARE, 1.0, 1),
        (SHARE, 0.25, 0.25),
        (SHARE, 1.01, NO),
        (SHARE, "some", NO),
        (WINDOW, "global", "global"),
        (WINDOW, "all", NO),
        (WINDOW, 7, (7, 7)),
        (WINDOW, (7, 8), (7, 8)),
        (WINDOW, 0, NO),
        (WINDOW, (7, 0), NO),
        (WINDOW, 7.5, NO),
        (one_of("block", "pool", older={"mbconv": "block"}), "mbconv", "block"),
        (one_of("block", "pool", older={"mbconv": "block"}), "attn", NO),
        (one_of(1, 2), 2, 2),
        (one_of(1, 2), 2.0, 2),
        (one_of(1, 2), 3, NO),
        (one_of("pool", "patch"), "pool", "pool"),
        (one_of("pool", "patch"), "pol", NO),
    ],
)
def test_a_kind_gives_a_value_its_one_form_or_none(kind, value, form):
    read = kind.read(value)
    assert (read, type(read)) == (form, type(form))


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (whole_number(), "a whole number, 1 or more"),
        (one_of(1, 2), "1 or 2"),
        (one_of(7), "7"),
        (one_of("pool", "patch", "dwconv"), "pool, patch or dwconv"),
        (sides("rel", "none"), "rel, none, 7 or 7x8"),
    ],
)
def test_a_kind_says_what_it_takes(kind, words):
    assert kind.expected == words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (4, "4"),
        (4.0, "4"),
        (0.25, "0.25"),
        (1e-7, "0.0000001"),
        ((7, 7), "7"),
        ((7, 8), "7x8"),
        ("global", "global"),
    ],
)
def test_a_value_has_one_spelling(value, text):
    assert value_text(value) == text


@dataclass(frozen=True, kw_only=True)
class _Owner:
    width: int
    kernel: int = option(3, ODD)
    se: float = option(0, SHARE)


def test_options_are_the_fields_that_the_language_sets_in_their_order():
    assert list(kinds(_Owner).items()) == [("kernel", ODD), ("se", SHARE)]


def test_only_options_that_differ_from_their_defaults_are_changed():
    assert changed_options(_Owner(width=8, kernel=3, se=0.5)) == {"se": 0.5}


def test_the_options_of_every_layer_are_those_of_the_language():
    assert {layer.__name__: list(kinds(layer)) for layer in (MBConv, Attn, MLP)} == {
        "MBConv": ["expand", "kernel", "se"],
        "Attn": ["window", "shift", "grid", "head", "pos", "weights"],
        "MLP": ["expand", "kernel"],
    }


def test_a_layer_made_by_hand_has_its_options_in_their_one_form():
    layer = Attn(window=7, pos=14)
    assert (layer.window, layer.pos) == ((7, 7), (14, 14))
    assert layer == Attn(window=(7, 7), pos=(14, 14))


@pytest.mark.parametrize(
    ("layer", "options", "message"),
    [
        (MBConv, {"kernel": 4}, "kernel is an odd whole number; got 4"),
        (MBConv, {"se": 2}, "se is a number from 0 to 1; got 2"),
        (MLP, {"expand": -1.0}, "expand is a positive number; got -1"),
        (Attn, {"head": 0}, "head is a whole number, 1 or more; got 0"),
        (Attn, {"window": (7, 0)}, "window is global, 7 or 7x8; got 7x0"),
        (Attn, {"pos": "relative"}, "pos is rel, none, 7 or 7x8; got relative"),
    ],
)
def test_a_layer_made_by_hand_with_a_value_of_another_kind_is_an_error(layer, options, message):
    with pytest.raises(UserError) as error:
        layer(**options)
    assert str(error.value) == message
