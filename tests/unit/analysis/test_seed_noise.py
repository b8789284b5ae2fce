"""The variance between seeds, as a function of the mean."""

import numpy as np
import pytest

from moat_lab.analysis.seed_noise import seed_noise


def spread(mean: float, sd: float, seeds: int = 2) -> dict[int, float]:
    """Scores with this mean and exactly this deviation, half of the seeds above and half below."""
    step = sd * np.sqrt((seeds - 1) / seeds)
    return {seed: mean + step * (-1) ** seed for seed in range(seeds)}


def alternating(mean: float, sd: float, i: int) -> dict[int, float]:
    """As `spread`, every other network with its seeds the other way round: nothing common to all."""
    scores = spread(mean, sd)
    return scores if i % 2 else {0: scores[1], 1: scores[0]}


def test_networks_are_pooled_with_those_whose_means_are_near():
    good = [alternating(0.95 + 0.0001 * i, 0.01, i) for i in range(40)]
    bad = [alternating(0.5 + 0.0001 * i, 0.1, i) for i in range(40)]
    noise = seed_noise(good + bad)
    assert noise is not None
    assert np.sqrt(noise.variance([0.4, 0.5, 0.96, 1.0])) == pytest.approx([0.1, 0.1, 0.01, 0.01], rel=0.03)


def test_few_networks_are_pooled_all_together():
    # sqrt((0.03^2 + 0.04^2) / 2)
    noise = seed_noise([spread(0.9, 0.03), spread(0.5, 0.04)])
    assert noise is not None
    assert np.sqrt(noise.variance([0.0, 0.5, 0.9])) == pytest.approx([0.0353553] * 3, rel=1e-5)


def test_a_seed_that_moves_all_networks_alike_is_no_noise():
    rng = np.random.default_rng(0)
    part, own = 0.05 * rng.normal(size=5), 0.01 * rng.normal(size=(12, 5))
    noise = seed_noise([dict(enumerate(0.8 + part + row)) for row in own])
    assert noise is not None
    assert np.sqrt(noise.variance(0.8)) == pytest.approx(0.01, rel=0.15)


def test_networks_that_ran_different_seeds_have_the_same_noise():
    rng = np.random.default_rng(0)
    part = 0.05 * rng.normal(size=6)
    scores = [{s: 0.8 + part[s] + 0.01 * rng.normal() for s in range(i % 3, 2 + i % 5)} for i in range(60)]
    noise = seed_noise(scores)
    assert noise is not None
    assert np.sqrt(noise.variance(0.8)) == pytest.approx(0.01, rel=0.2)


def test_two_networks_are_too_few_to_tell_a_seeds_part_from_noise():
    noise = seed_noise([{0: 0.7, 1: 0.8}, {0: 0.6, 1: 0.7}])
    assert noise is not None
    assert noise.variance(0.7) == pytest.approx(0.005)


def test_equal_scores_differ_by_what_rounding_hides():
    noise = seed_noise([{0: 0.9, 1: 0.9}], step=0.01)
    assert noise is not None
    assert noise.variance(0.9) == pytest.approx(0.01**2 / 12)


def test_without_two_seeds_of_a_network_nothing_is_known():
    assert seed_noise([{0: 0.9}, {1: 0.8}]) is None
    assert seed_noise([]) is None
