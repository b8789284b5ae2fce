"""Tests of paired differences, Holm's adjustment, verdicts, and claims held against them."""

import math

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from moat_lab.analysis import Interval, equivalence_p, holm, mean_interval, paired_p, verdict
from moat_lab.analysis.hypothesis_tests import agreement

DIFFERENCES = [0.4, -0.1, 0.5, 0.2, 0.3]


def test_p_is_that_of_the_printed_table():
    # t = 2 sqrt 3 with 2 degrees
    assert paired_p([1.0, 2.0, 3.0]) == pytest.approx(0.0741799)


def test_p_is_that_of_scipy():
    assert paired_p(DIFFERENCES) == pytest.approx(stats.ttest_1samp(DIFFERENCES, 0).pvalue)


def test_p_does_not_depend_on_the_side():
    assert paired_p([-d for d in DIFFERENCES]) == paired_p(DIFFERENCES)


def test_the_interval_at_the_confidence_of_p_ends_at_zero():
    interval = mean_interval(DIFFERENCES, 1 - paired_p(DIFFERENCES))
    assert interval.low == pytest.approx(0, abs=1e-12)


def test_equal_differences_say_nothing_without_what_they_were_rounded_to():
    assert math.isnan(paired_p([0.1] * 3))
    assert math.isnan(paired_p([0.93 - 0.92, 0.91 - 0.90]))  # equal but for the last digit
    assert math.isnan(equivalence_p([0.1] * 3, margin=0.2))


def test_equal_differences_have_the_p_of_the_least_deviation():
    # t = 0.1 sqrt 3 / 0.1 with 2 degrees
    assert paired_p([0.1] * 3, least_sd=0.1) == pytest.approx(0.2254033)
    assert paired_p([0.0] * 3, least_sd=0.1) == 1
    assert equivalence_p([0.0] * 3, margin=0.1, least_sd=0.1) == pytest.approx(0.2254033 / 2)


def test_a_larger_deviation_than_the_least_stays():
    assert paired_p(DIFFERENCES, least_sd=0.1) == paired_p(DIFFERENCES)


@pytest.mark.parametrize("differences", [[], [0.5]])
def test_fewer_than_two_differences_have_no_p(differences):
    assert math.isnan(paired_p(differences))
    assert math.isnan(equivalence_p(differences, margin=1.0))


def test_equivalence_is_the_larger_of_two_one_sided_tests():
    above = stats.ttest_1samp(DIFFERENCES, -0.6, alternative="greater").pvalue
    below = stats.ttest_1samp(DIFFERENCES, 0.6, alternative="less").pvalue
    assert equivalence_p(DIFFERENCES, margin=0.6) == pytest.approx(max(above, below))


def test_equivalence_at_5_percent_is_that_the_90_percent_interval_lies_within_the_margin():
    high = mean_interval(DIFFERENCES, 0.90).high
    assert equivalence_p(DIFFERENCES, margin=high) == pytest.approx(0.05)
    assert equivalence_p([-d for d in DIFFERENCES], margin=high) == pytest.approx(0.05)


@pytest.mark.parametrize("margin", [0.0, -1.0, math.nan])
def test_a_margin_is_above_zero(margin):
    with pytest.raises(ValueError, match=f"a margin above 0 is needed; got {margin}"):
        equivalence_p(DIFFERENCES, margin=margin)


def test_each_p_counts_for_those_that_are_not_below_it():
    # 4 x 0.005, 3 x 0.01, 2 x 0.03, 1 x 0.04 raised to the one before it
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@pytest.mark.parametrize("seed", range(5))
def test_the_adjustment_is_that_of_statsmodels(seed):
    p_values = np.random.default_rng(seed).random(12) ** 3
    assert holm(p_values).tolist() == multipletests(p_values, method="holm")[1].tolist()


def test_an_adjusted_p_is_at_most_one():
    assert holm([0.6, 0.9]).tolist() == [1, 1]


def test_one_level_is_left_as_it_is():
    assert holm([0.04]).tolist() == [0.04]
    assert holm([]).tolist() == []


def test_what_was_not_tested_costs_the_others_nothing():
    adjusted = holm([math.nan, 0.01, 0.02])
    assert math.isnan(adjusted[0])
    assert adjusted[1:].tolist() == [0.02, 0.02]


@pytest.mark.parametrize("bad", [[-0.1], [1.1], [[0.1]], 0.1])
def test_other_than_a_row_of_p_values_is_an_error(bad):
    with pytest.raises(ValueError, match="p-values from 0 to 1 in one row are needed"):
        holm(bad)


ABOVE_ZERO = Interval(mean=0.2, low=0.1, high=0.3, n=5)
AROUND_ZERO = Interval(mean=0.1, low=-0.1, high=0.3, n=5)


@pytest.mark.parametrize(
    ("low", "high", "n", "said"),
    [
        (0.1, 0.3, 2, "better"),
        (-0.3, -0.1, 2, "worse"),
        (-0.1, 0.3, 2, "not distinguishable"),
        (0.0, 0.0, 5, "not distinguishable"),
        (math.nan, math.nan, 1, "too few seeds"),
        (math.nan, math.nan, 0, "too few seeds"),
    ],
)
def test_the_verdict_is_whether_the_interval_excludes_zero(low, high, n, said):
    assert verdict(Interval(mean=(low + high) / 2, low=low, high=high, n=n)) == said


def test_an_adjusted_p_decides_against_the_interval_of_the_effect_alone():
    assert verdict(ABOVE_ZERO, p=0.06) == "not distinguishable"
    assert verdict(ABOVE_ZERO, p=0.04) == "better"
    assert verdict(Interval(mean=-0.2, low=-0.3, high=-0.1, n=5), p=0.04) == "worse"


def test_an_effect_surely_within_the_margin_is_equivalent():
    assert verdict(AROUND_ZERO, p=0.5, equivalence_p=0.04) == "equivalent"
    assert verdict(AROUND_ZERO, p=0.5, equivalence_p=0.06) == "not distinguishable"


def test_an_effect_that_is_there_but_too_small_to_matter_is_equivalent():
    assert verdict(ABOVE_ZERO, p=0.01, equivalence_p=0.01) == "equivalent"


def test_a_look_that_may_spend_less_asks_for_a_smaller_p():
    assert verdict(ABOVE_ZERO, p=0.04, level=0.01) == "not distinguishable"


def test_one_seed_has_no_verdict_whatever_the_margin():
    one = Interval(mean=0.0, low=math.nan, high=math.nan, n=1)
    assert verdict(one, p=math.nan, equivalence_p=math.nan) == "too few seeds"


VERDICTS = (
    "better",
    "worse",
    "equivalent",
    "not distinguishable",
    "underpowered",
    "too few seeds",
    "failed",
    "not run",
)


@pytest.mark.parametrize(
    ("claim", "agrees", "contradicts"),
    [
        ("better", {"better"}, {"worse", "equivalent"}),
        ("worse", {"worse"}, {"better", "equivalent"}),
        ("not better", {"worse", "equivalent"}, {"better"}),
        ("not worse", {"better", "equivalent"}, {"worse"}),
    ],
)
def test_every_verdict_agrees_or_not_or_leaves_the_claim_open(claim, agrees, contradicts):
    said = {verdict: agreement(claim, verdict) for verdict in VERDICTS}
    assert {verdict for verdict, word in said.items() if word == "agrees"} == agrees
    assert {verdict for verdict, word in said.items() if word == "contradicts"} == contradicts
    assert {verdict for verdict, word in said.items() if word == "underpowered"} == {
        "underpowered",
        "too few seeds",
    }
    assert said["not distinguishable"] == "undecided"
    assert {verdict for verdict, word in said.items() if word == "not testable"} == {"failed", "not run"}


def test_another_claim_is_an_error():
    with pytest.raises(ValueError, match="a claim is better, worse, not better, not worse; got 'best'"):
        agreement("best", "better")
