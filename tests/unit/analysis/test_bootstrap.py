"""The expanded percentile interval."""

import math

import numpy as np
import pytest
from scipy import stats

from moat_lab.analysis import Interval, bootstrap_interval, mean_interval

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


def test_a_value_that_is_not_finite_is_an_error():
    with pytest.raises(ValueError, match="finite values are needed"):
        bootstrap_interval([0.1, math.nan])
