"""What a design sees of interactions, and what a fit makes of them."""

from itertools import combinations, product

import pytest

from moat_lab import parse
from moat_lab.analysis import (
    DesignPoint,
    defining_words,
    estimable_interactions,
    fitted_effects,
    fitted_interactions,
    interactions,
)
from moat_lab.grammar.designs import design

NAMES = "abcde"
FIVE = parse(
    "stem(8) | a x mbconv(se=b, kernel=c, expand=d) @e for 32px "
    "where a in {1, 2}, b in {0, 0.25}, c in {3, 5}, d in {2, 4}, e in {8, 16}"
)
BASELINE = (0, 1, 0, 1, 0)
THREE_LEVELS = parse("stem(8) | n x mbconv(kernel=k) @16 for 32px where n in {1, 2, 3}, k in {3, 5}")


def seen(space, baseline, name, **options):
    points = [space.levels_at(digits) for digits in design(space, baseline, name, **options)]
    return ["".join(pair) for pair in estimable_interactions(points, space.levels_at(baseline))]


PAIRS = ["".join(pair) for pair in combinations(NAMES, 2)]


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("full", {}, PAIRS),
        ("one_out", {}, []),
        ("one_in", {}, []),
        ("fractional", {"word": 5}, PAIRS),
        # d = ab, e = ac: 8 points for 5 main effects, each the same as some pair
        ("fractional", {"word": 3}, []),
        # 16 points are needed, and with 16 points all pairs can be kept apart
        ("fractional", {"word": 4}, PAIRS),
    ],
)
def test_which_interactions_a_design_sees(name, options, expected):
    assert seen(FIVE, BASELINE, name, **options) == expected


def test_interactions_that_are_aliased_with_each_other_are_not_seen():
    four = FIVE.bind(e=8)
    assert seen(four, (0, 1, 0, 1), "fractional", word=4) == []
    assert seen(four, (0, 1, 0, 1), "fractional", word=5) == ["ab", "ac", "ad", "bc", "bd", "cd"]


def test_one_more_point_makes_an_interaction_seen():
    corners = [{"a": a, "b": b} for a, b in product("01", "01")]
    baseline = {"a": "0", "b": "0"}
    assert estimable_interactions(corners[:3], baseline) == []
    assert estimable_interactions(corners, baseline) == [("a", "b")]


def test_more_than_two_levels_are_seen_where_all_are():
    levels = [THREE_LEVELS.levels(i) for i in range(6)]
    assert estimable_interactions(levels, levels[0]) == [("n", "k")]
    assert estimable_interactions(levels[:-1], levels[0]) == []


def test_a_factor_that_does_not_vary_interacts_with_none():
    points = [{"a": "0", "b": "0"}, {"a": "1", "b": "0"}]
    assert estimable_interactions(points, points[0]) == []
    assert estimable_interactions([], {"a": "0", "b": "0"}) == []


def points(name, **options):
    """Main effects of 1, 2, 4, 8, 16; a and b interact by 32, c and e by -64; seeds differ by 100."""
    for digits in design(FIVE, BASELINE, name, **options):
        a, b, c, d, e = (int(x != y) for x, y in zip(digits, BASELINE, strict=True))
        score = a + 2 * b + 4 * c + 8 * d + 16 * e + 32 * a * b - 64 * c * e
        yield DesignPoint(levels=FIVE.levels_at(digits), scores={0: score, 1: score + 100})


def test_a_fraction_gives_the_interactions_that_all_points_give():
    baseline = FIVE.levels_at(BASELINE)
    fitted = fitted_interactions([*points("fractional", word=5)], baseline)
    means = {"".join(one.changes): one.tested.effect.mean for one in fitted}
    assert means == pytest.approx({pair: {"ab": 32, "ce": -64}.get(pair, 0) for pair in PAIRS}, abs=1e-9)
    assert {(one.tested.effect.n, one.settings) for one in fitted} == {(2, 0)}
    everything = interactions([*points("full")], baseline)
    assert means == pytest.approx(
        {"".join(one.changes): one.tested.effect.mean for one in everything}, abs=1e-9
    )


def test_a_fit_of_all_points_is_the_mean_over_settings_even_where_three_factors_interact():
    def bent(point, seed):
        a, b, c = (point.levels[name] != FIVE.levels_at(BASELINE)[name] for name in "abc")
        return point.scores[seed] + 10 * (a and b and c)

    known = [DesignPoint(levels=p.levels, scores={s: bent(p, s) for s in p.scores}) for p in points("full")]
    direct = interactions(known, FIVE.levels_at(BASELINE))
    fitted = fitted_interactions(known, FIVE.levels_at(BASELINE))
    assert [one.changes for one in fitted] == [one.changes for one in direct]
    assert [one.tested.effect.mean for one in fitted] == pytest.approx(
        [one.tested.effect.mean for one in direct]
    )
    assert direct[0].tested.effect.mean == pytest.approx(37)


def test_only_seeds_that_all_points_have_are_fitted():
    known = [*points("fractional", word=5)]
    known[3] = DesignPoint(levels=known[3].levels, scores={1: known[3].scores[1]})
    assert {one.tested.effect.n for one in fitted_interactions(known, FIVE.levels_at(BASELINE))} == {1}


def test_a_point_without_scores_may_cost_what_a_fraction_sees():
    known = [*points("fractional", word=5)]
    known[3] = DesignPoint(levels=known[3].levels, scores={})
    assert fitted_interactions(known, FIVE.levels_at(BASELINE)) == []
    assert fitted_interactions([], FIVE.levels_at(BASELINE)) == []


def mains(known):
    found = fitted_effects(known, FIVE.levels_at(BASELINE))
    return {factor: one.effect.mean for (factor, _), one in found.items()}


def test_main_effects_are_means_over_the_other_factors():
    truth = {"a": 1 + 16, "b": 2 + 16, "c": 4 - 32, "d": 8, "e": 16 - 32}
    assert mains([*points("fractional", word=5)]) == pytest.approx(truth)
    assert mains([*points("full")]) == pytest.approx(truth)


def test_at_resolution_three_a_main_effect_holds_its_aliases():
    known = [*points("fractional", word=3)]
    aliases = defining_words([point.levels for point in known], FIVE.levels_at(BASELINE))
    assert ("a", "b", "d") in aliases
    assert min(map(len, aliases)) == 3
    assert abs(mains(known)["d"] - 8) == pytest.approx(32 / 2)


def test_defining_words_have_two_to_most_factors_and_hold_no_lesser_one():
    together = [{"a": x, "b": x, "c": y} for x, y in product("01", "01")]
    assert defining_words(together, together[0]) == [("a", "b")]
    half = [dict(zip("abcd", x, strict=True)) for x in product("01", repeat=4) if x.count("1") % 2 == 0]
    assert defining_words(half, half[0]) == [("a", "b", "c", "d")]
    assert defining_words(half, half[0], most=3) == []


def test_main_effects_are_not_told_where_a_point_cost_the_fraction_its_balance():
    known = [*points("fractional", word=5)]
    known[3] = DesignPoint(levels=known[3].levels, scores={})
    assert mains(known) == {}
