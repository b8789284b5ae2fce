"""Interactions are differences of differences, where all four corners were trained."""

import itertools

import pytest

from moat_lab.analysis import DesignPoint, interactions
from moat_lab.analysis.comparison import Hypothesis

BASELINE = {"order": "moat", "se": "0"}


def point(levels, *scores):
    return DesignPoint(levels=levels, scores=dict(enumerate(scores)))


def square(*, both):
    return [
        point({"order": "moat", "se": "0"}, 0.80, 0.82),
        point({"order": "attn", "se": "0"}, 0.75, 0.77),
        point({"order": "moat", "se": "0.25"}, 0.81, 0.83),
        point({"order": "attn", "se": "0.25"}, *both),
    ]


def test_effects_that_add_up_do_not_interact():
    (found,) = interactions(square(both=(0.76, 0.78)), BASELINE)
    assert found.changes == {"order": "attn", "se": "0.25"}
    assert found.tested.effect.mean == pytest.approx(0, abs=1e-12)


def test_what_both_changes_add_to_their_sum_is_the_interaction():
    (found,) = interactions(square(both=(0.79, 0.83)), BASELINE)
    # beyond 0.76 and 0.78: 0.03 and 0.05; t(0.975, 1 degree) = 12.7062, error 0.01
    assert found.tested.effect.mean == pytest.approx(0.04)
    assert found.tested.effect.half_width == pytest.approx(0.127062)
    assert (found.tested.effect.n, found.settings) == (2, 1)
    assert found.tested.adjusted_p == found.tested.p == pytest.approx(0.15595826)


def test_an_interaction_that_the_seeds_would_miss_is_underpowered():
    (found,) = interactions(square(both=(0.79, 0.83)), BASELINE, Hypothesis(margin=0.01))
    # deviation 0.0141 of 2 seeds: the margin is 1 standard error, 1 degree of freedom
    assert found.tested.sd == pytest.approx(0.01414214)
    assert found.tested.power == pytest.approx(0.072, abs=0.001)
    assert found.tested.verdict == "underpowered"


def test_the_effect_that_a_claim_reports_is_asked_of_its_interaction():
    effects = {"order=attn x se=0.25": 0.9}
    (found,) = interactions(square(both=(0.79, 0.83)), BASELINE, Hypothesis(margin=0.01, effects=effects))
    assert found.tested.verdict == "not distinguishable"


def test_changes_made_one_at_a_time_say_nothing_of_their_interaction():
    assert interactions(square(both=(0.79, 0.83))[:3], BASELINE) == []


def test_a_corner_without_scores_is_no_corner():
    assert interactions(square(both=()), BASELINE) == []


def test_only_seeds_that_all_corners_have_count():
    (found,) = interactions(square(both=(0.79,)), BASELINE)
    assert (found.tested.effect.mean, found.tested.effect.n) == (pytest.approx(0.03), 1)


def test_each_pair_of_changes_is_one_interaction():
    grid = itertools.product(("moat", "attn", "mlp"), ("0", "0.25"))
    points = [point({"order": order, "se": se}, 0.5, 0.6) for order, se in grid]
    changes = [found.changes for found in interactions(points, BASELINE)]
    assert changes == [{"order": "attn", "se": "0.25"}, {"order": "mlp", "se": "0.25"}]


def cube():
    """Main effects 1, 2, 4; a and b interact by 8, and by 16 more where c is on too."""
    for a, b, c in itertools.product((0, 1), repeat=3):
        score = a + 2 * b + 4 * c + 8 * a * b + 16 * a * b * c
        yield point(dict(zip("abc", map(str, (a, b, c)), strict=True)), score, score + 1)


def test_an_interaction_is_the_mean_over_the_settings_of_the_other_factors():
    found = interactions([*cube()], dict.fromkeys("abc", "0"))
    means = {"".join(one.changes): (one.tested.effect.mean, one.settings) for one in found}
    assert means == {"ab": (16, 2), "ac": (8, 2), "bc": (8, 2)}


def test_the_spread_is_never_less_than_four_rounded_scores_leave_or_their_mean_over_settings():
    by_hand = Hypothesis(step=0.1)  # each score is off by a deviation of 0.1 / sqrt(12)
    (alone,) = interactions(square(both=(0.76, 0.78)), BASELINE, by_hand)
    (averaged, *_) = interactions([*cube()], dict.fromkeys("abc", "0"), by_hand)
    assert alone.tested.sd == pytest.approx(0.1 * (4 / 12) ** 0.5)
    assert averaged.tested.sd == pytest.approx(0.1 * (4 / 12 / 2) ** 0.5)


def test_a_setting_that_lacks_a_corner_is_left_out():
    points = [one for one in cube() if one.levels != {"a": "1", "b": "1", "c": "1"}]
    found = interactions(points, dict.fromkeys("abc", "0"))
    means = {"".join(one.changes): (one.tested.effect.mean, one.settings) for one in found}
    assert means == {"ab": (8, 1), "ac": (0, 1), "bc": (0, 1)}


def test_a_point_of_other_factors_is_an_error():
    with pytest.raises(ValueError, match=r"levels of order, se are needed; got \{'order': 'moat'\}"):
        interactions([point({"order": "moat"}, 0.5)], BASELINE)


def test_two_points_in_one_place_are_an_error():
    with pytest.raises(ValueError, match="points that differ are needed; got two at"):
        interactions([point(BASELINE, 0.5), point(BASELINE, 0.6)], BASELINE)
