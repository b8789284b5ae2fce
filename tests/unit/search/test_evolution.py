"""Optuna's own suite for samplers, and what evolution promises beyond it."""

import numpy as np
import optuna
import pytest
from optuna.distributions import CategoricalDistribution, IntDistribution
from optuna.testing.pytest_samplers import (
    BasicSamplerTestCase,
    MultiObjectiveSamplerTestCase,
    RelativeSamplerTestCase,
)

from moat_lab.search.evolution import EvolutionSampler
from moat_lab.search.promise import predicted, volume_gains

optuna.logging.set_verbosity(optuna.logging.ERROR)


class TestAsOptunaAsks(BasicSamplerTestCase, RelativeSamplerTestCase, MultiObjectiveSamplerTestCase):
    @pytest.fixture
    def sampler(self):
        return lambda: EvolutionSampler(population=2, seed=0)


SPACE = {
    "kind": CategoricalDistribution(("x", "y", "z")),
    **{name: IntDistribution(0, 7) for name in "abc"},
}


def proposals(count, **options):
    """What a study asks for, with a planted score."""
    sampler = EvolutionSampler(space=SPACE, seed=3, population=8, **options)
    study = optuna.create_study(directions=["maximize", "minimize"], sampler=sampler)
    for _ in range(count):
        trial = study.ask(SPACE)
        size = sum(trial.params[name] for name in "abc")
        study.tell(trial, [size * (trial.params["kind"] == "y") - 0.1 * trial.params["a"], size])
    return [trial.params for trial in study.trials]


def test_nothing_is_proposed_twice():
    asked = proposals(60)
    assert len({tuple(params.items()) for params in asked}) == 60


def test_children_are_allowed_by_construction():
    assert all(p["a"] + p["b"] <= 6 for p in proposals(40, allowed=lambda p: p["a"] + p["b"] <= 6))


def test_equal_seeds_propose_equally():
    assert proposals(30) == proposals(30)


def test_evolution_finds_the_good_category():
    late = [params["kind"] for params in proposals(60)[20:]]
    assert late.count("y") > len(late) / 2


def test_of_a_brood_the_child_with_the_most_promise_is_taken():
    losses = np.array([[0.0, 1.0], [1.0, 0.0]])
    gains = volume_gains(losses, np.array([[0.5, 0.5], [0.9, 0.9], [2.0, 2.0]]))
    assert gains == pytest.approx([0.25 + 2 * 0.1 * 0.5 - 0.0, 0.01 + 2 * 0.1 * 0.1, 0.0], abs=0.11)
    assert gains[0] > gains[1] > gains[2] == 0


def test_a_linear_score_is_predicted():
    x = np.c_[np.linspace(0, 1, 40), np.ones(40)]
    said = predicted(x, np.c_[3 * x[:, 0]], np.array([[0.5, 1.0]]), np.random.default_rng(0))
    assert said[0, 0] == pytest.approx(1.5, abs=0.25)


@pytest.mark.parametrize("option", [{"population": 0}, {"age": 0}, {"crossover": 1.5}, {"brood": 0}])
def test_an_option_that_cannot_be_is_an_error(option):
    with pytest.raises(ValueError, match=next(iter(option))):
        EvolutionSampler(**option)
