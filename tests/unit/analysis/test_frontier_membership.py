"""How probable it is that a network is on the frontier, as far as seeds can tell."""

import math

import numpy as np
import pytest

from moat_lab.analysis import frontier_probability

NOTHING = np.empty((2, 0))


def test_with_one_seed_each_network_is_on_the_frontier_or_not():
    costs = [[10], [20], [20], [30], [40], [20]]
    scores = [{0: 0.5}, {0: 0.75}, {0: 0.75}, {0: 0.75}, {3: 1.0}, {0: 0.625}]
    assert frontier_probability(costs, scores).tolist() == [1, 1, 1, 0, 1, 0]


def test_without_costs_only_the_highest_is_on_the_frontier():
    assert frontier_probability(np.empty((3, 0)), [{0: 0.5}, {0: 0.9}, {0: 0.9}]).tolist() == [0, 1, 1]


def test_equal_networks_share_the_frontier_as_the_pool_says():
    # Residuals are +-0.125 / sqrt(1 - 1/2) / sqrt(1 - 1/2) = +-0.25; a mean of two is -0.25, 0, 0, 0.25.
    # Neither is below the other in 3/8 + 5/16 of the cases.
    same = [{0: 0.5, 1: 0.75}, {0: 0.75, 1: 0.5}]
    assert frontier_probability(NOTHING, same, resamples=20_000) == pytest.approx([11 / 16] * 2, abs=0.015)


def test_what_a_seed_does_to_all_makes_nothing_uncertain():
    scores = [{0: 0.25, 1: 0.75}, {0: 0.125, 1: 0.625}]
    assert frontier_probability(NOTHING, scores).tolist() == [1, 0]


def test_networks_that_are_equal_on_each_seed_stay_together_despite_rounding():
    scores = [{0: 0.1, 1: 0.7, 2: 0.4}] * 3
    assert frontier_probability(np.empty((3, 0)), scores).tolist() == [1, 1, 1]


def test_a_network_alone_with_its_seeds_still_shows_how_much_they_differ():
    # The mean of two of +-0.25 sqrt(2) is above 0 in 1/4, and the one of the single seed in 1/2.
    probability = frontier_probability(NOTHING, [{0: 0.25, 1: 0.75}, {0: 0.5}], resamples=20_000)
    # Neither is below: each has -0.35 in a quarter (a half), 0 in a half (never), 0.35 in a quarter (a half).
    assert probability == pytest.approx([5 / 8, 5 / 8], abs=0.015)


def test_more_seeds_make_surer():
    others = [{0: 0.0, 1: 0.2}, {0: 0.2, 1: 0.0}]
    few = frontier_probability(np.empty((4, 0)), [{0: 0.9}, {0: 0.8}, *others])
    many = frontier_probability(
        np.empty((4, 0)), [dict.fromkeys(range(5), 0.9), dict.fromkeys(range(5), 0.8), *others]
    )
    assert few[0] < many[0] < 1
    assert many[1] < few[1]


def test_networks_that_ran_different_seeds_do_not_widen_the_noise():
    """Noise of deviation 1 under a seed's part of 3: one ahead by 1 stays so in Phi(1 / sqrt(2)) = 76 %."""
    rng = np.random.default_rng(0)
    part = rng.normal(scale=3, size=5)
    far = [{s: part[s] + rng.normal() - 1000 for s in range(1 + i % 5)} for i in range(400)]
    probability = frontier_probability(np.empty((402, 0)), [{0: 1.0}, {0: 0.0}, *far], resamples=5000)
    assert probability[:2] == pytest.approx([0.76, 0.24], abs=0.03)
    assert probability[2:].max() == 0


def test_a_second_cost_that_says_the_same_changes_nothing():
    rng = np.random.default_rng(0)
    cost = rng.integers(0, 4, (12, 1))
    scores = [{s: int(rng.integers(0, 8)) / 8 for s in range(1 + i % 3)} for i in range(12)]
    one = frontier_probability(cost, scores, resamples=300)
    assert one.tolist() == frontier_probability(np.hstack([cost, 2 * cost]), scores, resamples=300).tolist()
    assert 0 < one.max() < 1 or len(set(one.tolist())) > 2


def test_with_two_costs_the_best_in_either_stays():
    costs = [[1, 9], [9, 1], [9, 9], [9, 9]]
    scores = [{0: 0.5, 1: 0.5}, {0: 0.5, 1: 0.5}, {0: 0.25, 1: 0.25}, {0: 0.75, 1: 0.75}]
    assert frontier_probability(costs, scores).tolist() == [1, 1, 0, 1]


def test_the_same_seed_gives_the_same_probability():
    scores = [{0: 0.5, 1: 0.75}, {0: 0.7, 1: 0.5}]
    first = frontier_probability(NOTHING, scores, seed=1)
    assert first.tolist() == frontier_probability(NOTHING, scores, seed=1).tolist()
    assert first.tolist() != frontier_probability(NOTHING, scores, seed=2).tolist()


def test_no_networks_have_no_probabilities():
    assert frontier_probability(np.empty((0, 1)), []).tolist() == []


@pytest.mark.parametrize(
    ("costs", "scores", "message"),
    [
        ([[1]], [{0: 0.5}, {0: 0.5}], r"costs of shape \(2, k\) are needed; got \(1, 1\)"),
        ([1, 2], [{0: 0.5}, {0: 0.5}], r"costs of shape \(2, k\) are needed; got \(2,\)"),
        ([[1], [2]], [{0: 0.5}, {}], "a score of each network is needed"),
        ([[1], [2]], [{0: 0.5}, {0: math.nan}], "finite scores are needed"),
        ([[1], [math.nan]], [{0: 0.5}, {0: 0.5}], "losses without NaN are needed"),
    ],
)
def test_what_was_not_measured_is_an_error(costs, scores, message):
    with pytest.raises(ValueError, match=message):
        frontier_probability(costs, scores)
