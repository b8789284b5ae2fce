"""Levels against one baseline, as a family."""

import math

import pytest

from moat_lab.analysis import compare, detectable_effect

BASELINE = {0: 0.90, 1: 0.92, 2: 0.94, 3: 0.91, 4: 0.93}


def shifted(*points):
    return {seed: score + point / 100 for (seed, score), point in zip(BASELINE.items(), points, strict=True)}


def test_an_effect_alone_may_be_clear_and_among_others_not():
    alone = compare({"a": shifted(1, 2, 3, 4, 0.4)}, BASELINE)
    among = compare({"a": shifted(1, 2, 3, 4, 0.4), "b": shifted(1, -1, 1, -1, 0)}, BASELINE)
    assert alone["a"].verdict == "better"
    assert among["a"].verdict == "not distinguishable"
    assert among["a"].effect == alone["a"].effect
    assert among["a"].effect.low > 0
    assert among["a"].adjusted_p == pytest.approx(2 * alone["a"].p)


def test_a_level_without_effect_is_equivalent_where_a_margin_is_stated():
    levels = {"same": shifted(0.1, -0.1, 0.1, -0.1, 0)}
    assert compare(levels, BASELINE)["same"].verdict == "not distinguishable"
    assert compare(levels, BASELINE, margin=0.005)["same"].verdict == "equivalent"


def test_a_comparison_says_what_these_seeds_could_show():
    compared = compare({"a": shifted(1, 2, 3, 4, 5)}, BASELINE)["a"]
    assert compared.sd == pytest.approx(0.0158114)
    assert compared.detectable == pytest.approx(1.6819970 * 0.0158114)
    assert compared.bootstrap.mean == pytest.approx(0.03)
    assert 0.01 <= compared.bootstrap.low < 0.02


def test_what_could_be_shown_is_said_of_the_verdict_among_all_levels():
    among = compare({name: shifted(1, 2, 3, 4, 5) for name in "abcd"} | {"one": {0: 0.95}}, BASELINE)
    assert among["a"].detectable == pytest.approx(detectable_effect(0.0158114, 5, confidence=1 - 0.05 / 4))


def test_a_level_with_one_seed_is_not_tested_and_costs_the_others_nothing():
    levels = {"one": {0: 0.95}, "other": {7: 0.9, 8: 0.9}, "a": shifted(1, 2, 3, 4, 5)}
    compared = compare(levels, BASELINE)
    assert [(c.verdict, c.effect.n) for c in compared.values()] == [
        ("too few seeds", 1),
        ("too few seeds", 0),
        ("better", 5),
    ]
    assert compared["a"].adjusted_p == compared["a"].p
    assert math.isnan(compared["one"].detectable)


def test_few_equal_effects_of_few_images_show_nothing():
    baseline, levels = {0: 0.93, 1: 0.94}, {"up": {0: 0.94, 1: 0.95}, "same": {0: 0.93, 1: 0.94}}
    rounded = compare(levels, baseline, margin=0.005, step=1 / 100)
    assert [c.verdict for c in rounded.values()] == ["underpowered"] * 2
    assert rounded["up"].effect.low < 0 < rounded["up"].effect.high
    assert rounded["up"].sd == pytest.approx(0.01 / math.sqrt(6))
    unknown = compare(levels, baseline, margin=0.005)
    assert [c.verdict for c in unknown.values()] == ["too few seeds"] * 2


def test_nothing_to_compare_is_nothing():
    assert compare({}, BASELINE) == {}
