"""How far guesses are followed."""

import numpy as np
import pytest

from moat_lab.search.prior import earned_slope


def test_guesses_that_order_as_the_losses_do_are_followed_as_far_as_they_correlate():
    rng = np.random.default_rng(0)
    guesses = rng.normal(size=400)
    losses = 3 * (0.6 * guesses + 0.8 * rng.normal(size=400))
    assert earned_slope(guesses, losses) == pytest.approx(1.8, rel=0.15)
    assert earned_slope(guesses, guesses) == pytest.approx(1.0)


@pytest.mark.parametrize(
    "losses", [np.arange(9)[::-1] * 1.0, np.array([4, 9, 1, 8, 2, 7, 3, 6, 5.0]), np.ones(9)]
)
def test_guesses_that_tell_nothing_have_no_weight(losses):
    assert earned_slope(np.arange(9) * 1.0, losses) == 0.0


def test_two_losses_earn_nothing():
    assert earned_slope(np.array([0.0, 1.0]), np.array([0.0, 1.0])) == 0.0
