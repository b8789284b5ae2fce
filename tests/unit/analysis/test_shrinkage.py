"""Shrunken means: nearer to the truth than means, above all for the best of many."""

import numpy as np
import pytest

from moat_lab.analysis.shrinkage import shrunken_scores


def by_seed(scores: np.ndarray) -> list[dict[int, float]]:
    return [dict(enumerate(row)) for row in scores]


def world(networks: int, *, spread: float, noise: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """True means around 0.9, and scores of three seeds."""
    rng = np.random.default_rng(seed)
    truth = 0.9 + spread * rng.normal(size=networks)
    return truth, truth[:, None] + noise * rng.normal(size=(networks, 3))


def test_networks_that_differ_by_luck_alone_have_nearly_one_mean():
    _, scores = world(100, spread=0.0, noise=0.02)
    posterior = shrunken_scores(np.ones((100, 1)), by_seed(scores))
    assert np.ptp(scores.mean(axis=1)) > 0.04
    assert np.ptp(posterior.means) < 0.015
    assert posterior.means == pytest.approx([0.9] * 100, abs=0.01)


def test_networks_that_differ_by_more_than_luck_stay_where_they_are():
    _, scores = world(100, spread=0.03, noise=0.001)
    posterior = shrunken_scores(np.ones((100, 1)), by_seed(scores))
    assert posterior.means == pytest.approx(scores.mean(axis=1), abs=0.002)
    assert posterior.deviations.mean() == pytest.approx(0.001 / np.sqrt(3), rel=0.35)


def test_the_best_is_overrated_by_its_mean_and_not_by_its_shrunken_one():
    excess = []
    for seed in range(40):
        truth, scores = world(60, spread=0.01, noise=0.02, seed=seed)
        means = shrunken_scores(np.ones((60, 1)), by_seed(scores)).means
        raw = scores.mean(axis=1)
        excess.append((raw.max() - truth[raw.argmax()], means.max() - truth[means.argmax()]))
    raw_excess, shrunken_excess = np.mean(excess, axis=0)
    assert raw_excess == pytest.approx(0.02, abs=0.003)
    assert shrunken_excess == pytest.approx(0.005, abs=0.003)


def test_what_a_network_costs_says_where_its_mean_is_drawn_to():
    rng = np.random.default_rng(0)
    costs = np.repeat([1.0, 100.0], 20)
    scores = np.repeat([0.7, 0.9], 20)[:, None] + 0.03 * rng.normal(size=(40, 3))
    scores[[0, 20]] = [[0.72, 0.74, 0.76], [0.84, 0.86, 0.88]]
    cheap, dear = shrunken_scores(costs[:, None], by_seed(scores)).means[[0, 20]]
    assert cheap < 0.73
    assert dear > 0.87


def test_one_seed_counts_for_less_than_five():
    _, many = world(30, spread=0.005, noise=0.02)
    again = [*by_seed(many), {0: 0.93}, dict.fromkeys(range(5), 0.93)]
    posterior = shrunken_scores(np.ones((32, 1)), again)
    assert posterior.means[30] < posterior.means[31] < 0.93
    assert posterior.deviations[31] < posterior.deviations[30]


def test_without_two_seeds_means_stay_and_are_taken_to_be_sure():
    posterior = shrunken_scores([[1.0], [2.0]], [{0: 0.5}, {0: 0.7}])
    assert posterior.means.tolist() == [0.5, 0.7]
    assert posterior.draws(2, np.random.default_rng(0)).tolist() == [[0.5, 0.7]] * 2


def test_draws_have_the_mean_and_deviation_of_the_posterior():
    _, scores = world(20, spread=0.01, noise=0.02)
    posterior = shrunken_scores(np.ones((20, 1)), by_seed(scores))
    drawn = posterior.draws(20_000, np.random.default_rng(0))
    assert drawn.shape == (20_000, 20)
    assert drawn.mean(axis=0) == pytest.approx(posterior.means, abs=3e-4)
    assert drawn.std(axis=0) == pytest.approx(posterior.deviations, rel=0.05)


@pytest.mark.parametrize("score", [0.0, 1.0])
def test_scores_at_the_ends_are_fractions_still(score):
    posterior = shrunken_scores([[1.0]] * 6, [{0: score, 1: score}, *[{0: 0.4, 1: 0.6}] * 5])
    assert 0 <= posterior.means.min() <= posterior.means.max() <= 1
