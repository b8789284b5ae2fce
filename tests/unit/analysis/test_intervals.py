"""Student's intervals, checked against values from printed tables."""

import math
import warnings

import pytest

from moat_lab.analysis import mean_interval, paired_effect, verdict
from moat_lab.analysis.intervals import rounding_sd


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


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_value_that_is_not_finite_is_an_error(bad):
    with pytest.raises(ValueError, match="finite values are needed"):
        mean_interval([0.5, bad])


def test_an_effect_uses_common_seeds_only():
    effect = paired_effect({0: 0.5, 1: 0.75, 5: 9.0}, {0: 0.25, 1: 0.5, 7: 9.0})
    assert (effect.mean, effect.n) == (0.25, 2)


def test_pairing_removes_what_the_seed_does_to_both():
    baseline = {0: 0.1, 1: 0.5, 2: 0.9}
    better = {seed: value + 0.01 for seed, value in baseline.items()}
    assert verdict(paired_effect(better, baseline, least_sd=0.0004)) == "better"
    assert mean_interval(better.values()).low < mean_interval(baseline.values()).mean
