"""How probable it is that a network is on the frontier, as far as seeds can tell."""

import math

import numpy as np
import pytest

from moat_lab.analysis import frontier_probability, nondominated

NOTHING = np.empty((2, 0))


def test_with_one_seed_each_network_is_on_the_frontier_or_not():
    costs = [[10], [20], [20], [30], [40], [20]]
    scores = [{0: 0.5}, {0: 0.75}, {0: 0.75}, {0: 0.75}, {3: 1.0}, {0: 0.625}]
    assert frontier_probability(costs, scores).tolist() == [1, 1, 1, 0, 1, 0]


def test_without_costs_only_the_highest_is_on_the_frontier():
    assert frontier_probability(np.empty((3, 0)), [{0: 0.5}, {0: 0.9}, {0: 0.9}]).tolist() == [0, 1, 1]


def test_equal_networks_share_the_frontier():
    same = [{0: 0.5, 1: 0.75}, {0: 0.75, 1: 0.5}]
    assert frontier_probability(NOTHING, same, resamples=20_000) == pytest.approx([0.5, 0.5], abs=0.015)


def test_what_a_seed_does_to_all_makes_nothing_uncertain():
    part = np.linspace(-0.2, 0.2, 6)
    scores = [dict(enumerate(mean + part)) for mean in (0.5, 0.48, 0.46)]
    assert frontier_probability(np.empty((3, 0)), scores).tolist() == [1, 0, 0]


def test_a_network_with_one_seed_is_as_uncertain_as_others_are():
    sure = frontier_probability(NOTHING, [{0: 0.5, 1: 0.502}, {0: 0.55}])
    unsure = frontier_probability(NOTHING, [{0: 0.3, 1: 0.7}, {0: 0.55}])
    assert sure[1] > 0.95
    assert 0.3 < unsure[1] < 0.7


def test_more_seeds_make_surer():
    others = [{0: 0.0, 1: 0.2}, {0: 0.2, 1: 0.0}]
    few = frontier_probability(np.empty((4, 0)), [{0: 0.9}, {0: 0.8}, *others])
    many = frontier_probability(
        np.empty((4, 0)), [dict.fromkeys(range(5), 0.9), dict.fromkeys(range(5), 0.8), *others]
    )
    assert few[0] < many[0] < 1
    assert many[1] < few[1]


def test_what_it_says_is_how_often_it_is_true():
    said, true = [], []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        costs = np.exp(rng.uniform(0, 3, (60, 1)))
        truth = 0.8 + 0.03 * np.log(costs[:, 0]) + 0.02 * rng.normal(size=60)
        scores = [dict(enumerate(mean + 0.02 * rng.normal(size=3))) for mean in truth]
        said.append(frontier_probability(costs, scores, resamples=200))
        true.append(nondominated(np.column_stack([costs, -truth])))
    likely, unlikely = np.ravel(said) > 0.5, (np.ravel(said) > 0.05) & (np.ravel(said) < 0.25)
    assert np.ravel(true)[likely].mean() == pytest.approx(np.ravel(said)[likely].mean(), abs=0.1)
    assert np.ravel(true)[unlikely].mean() == pytest.approx(np.ravel(said)[unlikely].mean(), abs=0.1)


def test_a_second_cost_that_says_the_same_changes_nothing():
    rng = np.random.default_rng(0)
    cost = rng.integers(1, 5, (12, 1))
    scores = [{s: int(rng.integers(0, 8)) / 8 for s in range(1 + i % 3)} for i in range(12)]
    one = frontier_probability(cost, scores, resamples=300)
    two = frontier_probability(np.hstack([cost, 2 * cost]), scores, resamples=300)
    assert one == pytest.approx(two, abs=0.01)
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
        ([[1], [math.nan]], [{0: 0.5}, {0: 0.5}], "costs without NaN are needed"),
    ],
)
def test_what_was_not_measured_is_an_error(costs, scores, message):
    with pytest.raises(ValueError, match=message):
        frontier_probability(costs, scores)
