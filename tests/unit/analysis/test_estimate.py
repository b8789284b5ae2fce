"""A mean effect with its standard error, of one row or over blocks."""

import math

import pytest

from moat_lab.analysis.estimate import blocked_estimate, paired_estimate


def test_blocks_of_equal_spread_have_nearly_the_freedom_of_all():
    estimate = blocked_estimate([[1, 2, 3], [5, 6, 7]])
    assert (estimate.mean, estimate.n, estimate.freedom) == (4.0, 6, pytest.approx(4.0))
    assert estimate.error == pytest.approx(math.sqrt(2 / 3) / 2)  # each block's error is sqrt(1/3)


def test_one_noisy_block_leaves_no_more_freedom_than_its_own():
    estimate = blocked_estimate([[0, 100, 200], [1.0, 1.01, 1.02], [2.0, 2.01, 2.02]])
    assert estimate.freedom == pytest.approx(2.0, abs=1e-6)
    assert estimate.error == pytest.approx(100 / math.sqrt(3) / 3, rel=1e-6)


def test_every_block_counts_alike_however_many_seeds_it_has():
    assert blocked_estimate([[0, 2], [9, 10, 11, 10, 9, 11]]).mean == 5.5


def test_one_block_is_the_paired_t_test():
    row = [0.01, 0.02, 0.04]
    assert blocked_estimate([row]) == paired_estimate(row)
    assert paired_estimate(row).p() == pytest.approx(0.1181, abs=1e-4)  # scipy.stats.ttest_1samp


def test_a_block_of_one_pair_is_left_out():
    assert blocked_estimate([[1, 2, 3], [50]]) == paired_estimate([1, 2, 3])


def test_blocks_that_all_have_one_pair_have_a_mean_and_no_interval():
    estimate = blocked_estimate([[1], [3]])
    assert (estimate.mean, estimate.n) == (2, 2)
    assert math.isnan(estimate.interval().low)
    assert math.isnan(estimate.p())
