import numpy as np
import pytest

from moat_lab.search.surrogate import posterior


def line(count):
    return np.c_[np.linspace(0, 1, count)]


def test_a_smooth_loss_is_expected_between_the_trials():
    x = line(20)
    means, _ = posterior(x, np.sin(3 * x), np.array([[0.33], [0.71]]))
    assert means[:, 0] == pytest.approx([np.sin(0.99), np.sin(2.13)], abs=0.02)


def test_a_trend_goes_on_beyond_the_trials():
    x = line(10)
    means, _ = posterior(x, 2 * x, np.array([[1.5]]))
    assert means[0, 0] == pytest.approx(3.0, abs=0.3)


def test_what_is_far_from_all_trials_is_less_sure():
    _, deviations = posterior(line(5), line(5), np.array([[0.5], [1.2], [3.0]]))
    assert deviations[0, 0] < deviations[1, 0] < deviations[2, 0]


def test_objectives_are_expected_each_by_itself():
    x = line(12)
    both, _ = posterior(x, np.c_[x, 1 - x**2], np.array([[0.4]]))
    alone, _ = posterior(x, 1 - x**2, np.array([[0.4]]))
    assert both[0, 1] == alone[0, 0]


def test_how_bad_the_worst_is_says_nothing_about_the_rest():
    x = line(9)
    bad, worse = x.copy(), x.copy()
    bad[-1], worse[-1] = 10.0, 1000.0
    asked = np.array([[0.2]])
    assert posterior(x, bad, asked)[0] == posterior(x, worse, asked)[0]


def test_one_trial_and_equal_trials_are_enough():
    means, deviations = posterior(line(1), np.array([[0.5]]), np.array([[1.0]]))
    assert means[0, 0] == pytest.approx(0.5)
    assert deviations[0, 0] > 0
    assert posterior(line(3), np.full((3, 1), 0.5), np.array([[0.2]]))[0][0, 0] == pytest.approx(0.5)
