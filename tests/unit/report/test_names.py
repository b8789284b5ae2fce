"""A label is the level, or what differs from the baseline, and never the same twice."""

from dataclasses import replace

import pytest

from moat_lab.records import Variant
from moat_lab.report.names import labels, wrapped


def with_factors(plan, *factors):
    variants = tuple(
        Variant(key=letter * 12, network="n", factors=f, costs={"params": 1, "macs": 1, "activations": 1})
        for letter, f in zip("abcd", factors, strict=False)
    )
    return replace(plan, variants=variants)


def test_one_factor_is_named_by_its_level(plan):
    assert list(labels(plan).values()) == ["mbconv+attn", "attn+mbconv", "attn+mlp"]


def test_several_factors_are_named_by_what_differs_from_the_baseline(plan):
    many = with_factors(
        plan,
        {"w": "8", "se": "0", "same": "x"},
        {"w": "16", "se": "0", "same": "x"},
        {"w": "8", "se": "1", "same": "x"},
        {"w": "16", "se": "1", "same": "x"},
    )
    assert list(labels(many).values()) == ["baseline", "w=16", "se=1", "w=16, se=1"]


def test_alike_labels_get_their_keys(plan):
    same = with_factors(plan, {"w": "8"}, {"w": "16"}, {"w": "16"})
    assert list(labels(same).values()) == ["w=8", "w=16 (bbbbbbbbbbbb)", "w=16 (cccccccccccc)"]


def test_without_factors_the_key_is_the_label(plan):
    assert list(labels(with_factors(plan, {}, {})).values()) == ["baseline", "bbbbbbbbbbbb"]


@pytest.mark.parametrize(
    ("label", "lines"),
    [
        ("attn+mlp", "attn+mlp"),
        ("attn(window=4, head=8)+mlp(expand=2)", "attn(window=4,\nhead=8)+\nmlp(expand=2)"),
        (
            "a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q",
            "a, b, c, d, e,\nf, g, h, i, j,\nk, l, m, n, o,…",
        ),
        ("unbreakable_but_long", "unbreakable_but_long"),
        ("mbconv+mbconv (same MACs)", "mbconv+mbconv\n(same MACs)"),
    ],
)
def test_long_labels_break_where_a_reader_would(label, lines):
    assert wrapped(label, 15) == lines
