"""Tests of paired differences, checked against scipy's and against the intervals that they mirror."""

import math

import pytest
from scipy import stats

from moat_lab.analysis import equivalence_p, mean_interval, paired_p

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
