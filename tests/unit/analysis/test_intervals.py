"""Intervals of a mean: Student's t and the bootstrap."""

import math
import warnings

import numpy as np
import pytest
from scipy import stats

from moat_lab.analysis import Interval, bootstrap_interval, mean_interval, paired_differences, verdict
from moat_lab.analysis.intervals import rounding_sd, widened


def test_three_values_have_the_interval_of_the_printed_table():
    # t(0.975, 2 degrees) = 4.302653, deviation 1, n = 3
    interval = mean_interval([1.0, 2.0, 3.0])
    assert (interval.mean, interval.n) == (2.0, 3)
    assert interval.half_width == pytest.approx(4.302653 / math.sqrt(3), rel=1e-6)
    assert interval.low == pytest.approx(-0.484138, abs=1e-6)


def test_less_confidence_is_narrower():
    # t(0.95, 2 degrees) = 2.919986
    assert mean_interval([1.0, 2.0, 3.0], 0.90).half_width == pytest.approx(2.919986 / math.sqrt(3), rel=1e-6)


def test_one_value_has_a_mean_and_no_width():
    interval = mean_interval([0.9])
    assert (interval.mean, interval.n) == (0.9, 1)
    assert math.isnan(interval.low)
    assert math.isnan(interval.high)


def test_no_value_has_no_mean():
    interval = mean_interval([])
    assert interval.n == 0
    assert all(map(math.isnan, (interval.mean, interval.low, interval.high)))


def test_equal_values_have_a_mean_and_no_width_and_warn_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        interval = mean_interval([0.1] * 3)
    assert (interval.mean, interval.n) == (0.1, 3)
    assert math.isnan(interval.half_width)


def test_an_interval_is_not_narrower_than_rounding_makes_it():
    # t(0.975, 1 degree) = 12.7062; a difference of two accuracies of 100 images
    least = rounding_sd(1 / 100, 2)
    assert least == pytest.approx(0.00408248)
    assert mean_interval([0.01, 0.01], least_sd=least).half_width == pytest.approx(
        12.7062 * least / math.sqrt(2), rel=1e-5
    )
    assert mean_interval([0.01, 0.02], least_sd=least) == mean_interval([0.01, 0.02])


def test_widened_values_have_their_mean_and_a_deviation_of_1_plus_2_over_n_times_theirs():
    assert widened([1.0, 2.0, 6.0]) == pytest.approx((3 - 2 * 5 / 3, 3 - 5 / 3, 3 + 3 * 5 / 3))
    assert widened([1.0, 3.0]) == (0.0, 4.0)
    assert widened([7.0]) == (7.0,)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_value_that_is_not_finite_is_an_error(bad):
    with pytest.raises(ValueError, match="finite values are needed"):
        mean_interval([0.5, bad])


def test_an_effect_uses_common_seeds_only():
    effect = mean_interval(paired_differences({0: 0.5, 1: 0.75, 5: 9.0}, {0: 0.25, 1: 0.5, 7: 9.0}))
    assert (effect.mean, effect.n) == (0.25, 2)


def test_pairing_removes_what_the_seed_does_to_both():
    baseline = {0: 0.1, 1: 0.5, 2: 0.9}
    better = {seed: value + 0.01 for seed, value in baseline.items()}
    assert verdict(mean_interval(paired_differences(better, baseline), least_sd=0.0004)) == "better"
    assert mean_interval(better.values()).low < mean_interval(baseline.values()).mean


SCORES = [0.91, 0.93, 0.90, 0.97, 0.92, 0.95, 0.94, 0.90]


def test_it_is_scipys_percentile_interval_at_the_expanded_confidence():
    # t(0.975, 7 degrees) x sqrt(8/7) = 2.527887, beyond which lie 0.573704 % of a normal on each side
    values = np.sqrt([0.8, 0.83, 0.86, 0.87, 0.89, 0.9, 0.93, 0.97])  # few resamples have equal means
    confidence = 1 - 2 * 0.00573704
    theirs = stats.bootstrap((values,), np.mean, confidence_level=confidence, method="percentile", rng=0)
    ours = bootstrap_interval(values)
    assert (ours.low, ours.high) == pytest.approx(theirs.confidence_interval, abs=0.003)


def test_it_is_about_as_wide_as_students():
    assert bootstrap_interval(SCORES).half_width == pytest.approx(mean_interval(SCORES).half_width, rel=0.1)


def test_it_leans_to_the_side_of_the_far_values():
    interval = bootstrap_interval([0.0, 0.0, 0.1, 0.1, 0.2, 0.9])
    assert interval.high - interval.mean > 1.5 * (interval.mean - interval.low)


def test_it_stays_within_the_values():
    interval = bootstrap_interval([1.0, 2.0, 4.0])
    assert (interval.low, interval.high, interval.n) == pytest.approx((1, 4, 3))


def test_the_same_seed_gives_the_same_interval():
    assert bootstrap_interval(SCORES, seed=3) == bootstrap_interval(SCORES, seed=3)
    assert bootstrap_interval(SCORES, seed=3) != bootstrap_interval(SCORES, seed=4)


def test_equal_values_have_no_width():
    assert bootstrap_interval([0.1] * 3) == Interval(mean=0.1, low=0.1, high=0.1, n=3)


@pytest.mark.parametrize("values", [[], [0.5]])
def test_fewer_than_two_values_have_no_width(values):
    interval = bootstrap_interval(values)
    assert interval.n == len(values)
    assert math.isnan(interval.low)
    assert math.isnan(interval.high)


def test_a_bootstrap_of_a_value_that_is_not_finite_is_an_error():
    with pytest.raises(ValueError, match="finite values are needed"):
        bootstrap_interval([0.1, math.nan])
