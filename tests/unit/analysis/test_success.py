"""Tasks that a training learns or does not."""

import math
from dataclasses import replace

import pytest
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from moat_lab.analysis import Hypothesis, summary
from moat_lab.analysis.success import (
    compare_success,
    difference_p,
    power_of_difference,
    rate_difference,
    success_rate,
)


def scores(learned, of):
    return {seed: 0.99 if seed < learned else 0.5 for seed in range(of)}


def test_a_share_has_wilsons_interval():
    rate = success_rate([0.9, 0.75, 0.74, 0.1, 1.0], 0.75)
    low, high = proportion_confint(3, 5, method="wilson")
    assert (rate.mean, rate.low, rate.high, rate.n) == (0.6, pytest.approx(low), pytest.approx(high), 5)


def test_a_difference_has_newcombes_interval():
    difference = rate_difference((4, 5), (1, 10))
    low, high = confint_proportions_2indep(4, 5, 1, 10, method="newcomb")
    assert difference.mean == pytest.approx(0.7)
    assert (difference.low, difference.high) == pytest.approx((low, high))


@pytest.mark.parametrize(
    ("first", "second", "p"),
    # nuisance parameter 1/2 where all stand against none: 2 / 2^(n + m)
    [((5, 5), (0, 5), 2 / 2**10), ((0, 3), (3, 3), 2 / 2**6), ((5, 5), (5, 5), 1.0), ((0, 3), (0, 4), 1.0)],
)
def test_p_is_exact(first, second, p):
    assert difference_p(first, second) == pytest.approx(p)


def test_five_trainings_that_learned_against_none_are_better_and_three_are_not():
    asked = Hypothesis(margin=0.5)
    more = compare_success({"a": (scores(5, 5), scores(0, 5))}, threshold=0.75, question=asked)["a"]
    assert (more.verdict, more.effect.mean, more.effect.n) == ("better", 1.0, 5)
    pairs = {name: (scores(3, 3), scores(0, 3)) for name in "abc"}
    few = compare_success(pairs, threshold=0.75, question=asked)["a"]
    assert few.adjusted_p == pytest.approx(3 * 2 / 2**6)
    assert few.verdict == "underpowered"


def test_many_that_all_learn_are_equivalent_within_the_margin():
    pairs = {"a": (scores(10, 10), scores(10, 10))}
    assert (
        compare_success(pairs, threshold=0.75, question=Hypothesis(margin=0.5))["a"].verdict == "equivalent"
    )
    alone = compare_success(pairs, threshold=0.75, question=Hypothesis())["a"]
    assert (alone.verdict, alone.p) == ("not distinguishable", 1.0)


def test_power_is_the_sum_over_all_outcomes():
    # of (3, 3) against (0, 3) and the reverse alone is p below 5 %
    expected = 0.9**6 + 0.1**6
    assert power_of_difference((0.9, 3), (0.1, 3), confidence=0.95) == pytest.approx(expected, abs=1e-6)
    assert power_of_difference((1.0, 20), (0.0, 20), confidence=0.95) == pytest.approx(1)


@pytest.mark.parametrize(
    ("usual", "margin", "power"),
    # Half of five against all of five: p is below 5 % where at most one learned, 6 of 32 outcomes.
    [(5, 0.5, 6 / 32), (0, 0.5, 6 / 32), (5, 1.5, 1.0), (0, 1.5, 1.0)],
)
def test_the_power_is_that_for_a_difference_of_the_margin_within_0_and_1(usual, margin, power):
    pairs = {"a": (scores(3, 5), scores(usual, 5))}
    asked = Hypothesis(margin=margin)
    assert compare_success(pairs, threshold=0.75, question=asked)["a"].power == pytest.approx(power)


def test_without_trainings_there_is_no_verdict():
    compared = compare_success({"a": ({}, scores(1, 2))}, threshold=0.75, question=Hypothesis(margin=0.5))
    assert compared["a"].verdict == "too few seeds"
    assert math.isnan(compared["a"].p)


def test_a_plan_whose_outcome_is_success_compares_shares(plan, make, run):
    known = [run("a", seed, 0.5) for seed in range(5)] + [run("b", seed, 0.9) for seed in range(5)]
    table = summary(replace(plan(make("a"), make("b")), success=0.75), known).set_index("order")
    assert (table.loc["b", "effect"], table.loc["b", "verdict"]) == (1.0, "better")
    assert table.loc["b", "score"] == pytest.approx(0.9)
