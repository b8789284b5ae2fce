"""Kendall's tau-b and its bootstrap are what scipy and resampling by hand give."""

import math

import numpy as np
import pytest
from scipy.stats import kendalltau

from moat_lab.analysis import Interval, rank_correlation


def test_one_swapped_pair_of_six_leaves_two_thirds():
    interval = rank_correlation([1, 2, 3, 4], [10, 30, 20, 40])
    assert (interval.mean, interval.n) == (pytest.approx(4 / 6), 4)


def test_ties_count_as_in_scipy():
    rng = np.random.default_rng(0)
    for _ in range(100):
        x, y = rng.integers(0, 4, (2, 9))
        expected = float(kendalltau(x, y).statistic)
        assert rank_correlation(x, y, resamples=1).mean == pytest.approx(expected, nan_ok=True)


def test_the_interval_is_of_pairs_drawn_again_by_hand():
    rng = np.random.default_rng(0)
    x = rng.integers(0, 6, 12)
    y = x + rng.integers(0, 6, 12)
    copies = np.random.default_rng(7).multinomial(12, np.full(12, 1 / 12), size=60)
    taus = [kendalltau(np.repeat(x, n), np.repeat(y, n)).statistic for n in copies]
    interval = rank_correlation(x, y, confidence=0.8, resamples=60, seed=7)
    assert (interval.low, interval.high) == pytest.approx(tuple(np.quantile(taus, [0.1, 0.9])))
    assert interval.low < interval.mean < interval.high


def test_it_holds_the_true_value_as_often_as_it_says():
    """Independent sides: tau is 0. The percentile bootstrap is known to be a little narrow."""
    rng = np.random.default_rng(0)
    intervals = [rank_correlation(*rng.random((2, 30)), resamples=200, seed=i) for i in range(300)]
    assert 0.9 < np.mean([i.low <= 0 <= i.high for i in intervals]) < 0.98


@pytest.mark.parametrize(("sign", "tau"), [(1, 1.0), (-1, -1.0)])
def test_full_agreement_has_no_width(sign, tau):
    x = np.arange(8.0)
    assert rank_correlation(x, sign * x**3) == Interval(mean=tau, low=tau, high=tau, n=8)


def test_resamples_with_one_side_constant_do_not_count():
    for x, y in (([1, 2, 3, 4], [1, 1, 1, 2]), ([1, 1, 1, 2], [1, 2, 3, 4])):
        interval = rank_correlation(x, y)
        assert 0 < interval.low <= interval.mean <= interval.high <= 1


def test_an_infinite_value_ranks_last():
    assert rank_correlation([1, 2, math.inf, math.inf], [1, 2, 3, 3]).mean == 1


@pytest.mark.parametrize(
    ("x", "y"), [([], []), ([1, 2], [1, 2]), ([1, 1, 1], [1, 2, 3]), ([1, 2, 3], [5] * 3)]
)
def test_too_few_pairs_or_a_constant_side_say_nothing(x, y):
    interval = rank_correlation(x, y)
    assert all(map(math.isnan, (interval.mean, interval.low, interval.high)))
    assert interval.n == len(x)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ([1, 2], [1, 2, 3], r"one length are needed; got \(2,\) and \(3,\)"),
        ([1, 2, math.nan], [1, 2, 3], "x and y without NaN are needed"),
    ],
)
def test_pairs_need_both_sides(x, y, message):
    with pytest.raises(ValueError, match=message):
        rank_correlation(x, y)
