"""Variance components of networks and seeds, by hand and by simulation."""

import math

import numpy as np
import pytest

from moat_lab.analysis.signal_to_noise import signal_to_noise


def of(*rows):
    return signal_to_noise([dict(enumerate(row)) for row in rows])


def test_the_seeds_share_is_taken_off_the_networks_spread():
    found = of((1, 3), (5, 7))
    assert found.noise == pytest.approx(math.sqrt(2))
    assert found.signal == pytest.approx(math.sqrt(8 - 2 / 2))
    assert found.ratio.mean == pytest.approx(math.sqrt(3.5))
    assert found.ratio_of_means == pytest.approx(math.sqrt(7))
    assert (found.ratio.low, found.ratio.high) == pytest.approx((0, 56.546), abs=0.001)


def test_networks_that_are_no_further_apart_than_seeds_have_no_signal():
    assert of((1, 3), (2, 4), (3, 1)).ratio.mean == 0


def test_seeds_may_be_missing():
    found = of((1, 3), (5,), (9, 11, 10))
    assert found.seeds == 2
    assert found.noise == pytest.approx(math.sqrt((2 + 2) / 3))
    assert found.signal == pytest.approx(math.sqrt(49 / 3 - 4 / 3 * (1 / 2 + 1 + 1 / 3) / 3))


@pytest.mark.parametrize("rows", [[], [(1, 2)], [(1,), (2,)], [(1, 1), (2, 2)]], ids=str)
def test_what_too_few_trainings_or_equal_ones_do_not_tell_is_nan(rows):
    found = of(*rows)
    assert math.isnan(found.ratio.mean)
    assert math.isnan(found.ratio.low)
    assert math.isnan(found.signal)


def test_the_interval_holds_the_true_ratio_as_often_as_it_says():
    rng = np.random.default_rng(0)
    networks, seeds, ratio = 12, 3, 1.5
    worlds = ratio * rng.normal(size=(500, networks, 1)) + rng.normal(size=(500, networks, seeds))
    found = [of(*world.tolist()).ratio for world in worlds]
    assert 0.93 <= np.mean([one.low <= ratio <= one.high for one in found]) <= 0.97
    assert np.mean([one.mean for one in found]) == pytest.approx(ratio, abs=0.08)
