"""Optuna's own suite for samplers, and what ours promises beyond it."""

import random
from itertools import combinations
from statistics import fmean

import optuna
import pytest
from optuna.distributions import CategoricalDistribution, IntDistribution
from optuna.testing.pytest_samplers import (
    BasicSamplerTestCase,
    MultiObjectiveSamplerTestCase,
    RelativeSamplerTestCase,
)

from moat_lab.search.ehvi_sampler import EhviSampler

optuna.logging.set_verbosity(optuna.logging.ERROR)


class TestAsOptunaAsks(BasicSamplerTestCase, RelativeSamplerTestCase, MultiObjectiveSamplerTestCase):
    @pytest.fixture
    def sampler(self):
        return lambda: EhviSampler(population=2, seed=0)


SPACE = {
    "kind": CategoricalDistribution(("x", "y", "z")),
    **{name: IntDistribution(0, 7) for name in "abc"},
}


def proposals(count, **options):
    """What a study asks for, with a planted score."""
    sampler = EhviSampler(space=SPACE, seed=3, population=8, **options)
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


@pytest.mark.parametrize(("options", "size"), [({}, 128), ({"brood": 9}, 9), ({"brood": 1}, 1)])
def test_the_networks_weighed_for_a_trial_are_as_many_as_the_brood_is_large(options, size):
    weighed = []
    proposals(10, allowed=lambda params: weighed.append(params) or True, **options)
    assert len(weighed) == 10 * size  # eight trials of drawn broods, two of children and draws


def test_equal_seeds_propose_equally():
    assert proposals(30) == proposals(30)


def test_it_finds_the_good_category():
    late = [params["kind"] for params in proposals(60)[20:]]
    assert late.count("y") > len(late) / 2


def lucky(params) -> float:
    """A score of its own for each point, which no smooth function tells."""
    return random.Random(str(sorted(params.items()))).random()


def mean_of_late(prior) -> float:
    """Of the scores that a search finds after its first 12 trials."""
    study = optuna.create_study(direction="maximize", sampler=EhviSampler(space=SPACE, seed=3, prior=prior))
    for _ in range(24):
        trial = study.ask(SPACE)
        study.tell(trial, lucky(trial.params))
    return fmean(trial.value for trial in study.trials[12:])


def test_a_prior_that_agrees_is_followed_and_one_that_does_not_is_not():
    alone = mean_of_late(None)
    assert mean_of_late(lambda params: {0: lucky(params) + 0.1 * lucky({"other": 1, **params})}) > alone + 0.1
    assert mean_of_late(lambda params: {0: -lucky(params)}) == alone
    assert mean_of_late(lambda params: {0: float("nan")}) == alone
    assert mean_of_late(lambda params: {0: 0.5 if params["a"] else float("nan")}) == alone


@pytest.mark.parametrize("option", [{"population": 0}, {"age": 0}, {"crossover": 1.5}, {"brood": 0}])
def test_an_option_that_cannot_be_is_an_error(option):
    with pytest.raises(ValueError, match=next(iter(option))):
        EhviSampler(**option)


def test_the_first_trials_are_far_apart():
    first = proposals(3)
    apart = [
        abs(a["a"] - b["a"]) + abs(a["b"] - b["b"]) + abs(a["c"] - b["c"]) for a, b in combinations(first, 2)
    ]
    assert min(apart) >= 4


def test_what_is_beyond_the_reference_is_worth_nothing():
    late = proposals(40, exact=lambda p: {1: sum(p[n] for n in "abc")}, reference={0: 0.0, 1: 8.0})[20:]
    assert sum(sum(p[n] for n in "abc") < 8 for p in late) > len(late) / 2


def test_a_space_with_nothing_left_is_answered_all_the_same():
    space = {"n": IntDistribution(0, 3)}
    study = optuna.create_study(sampler=EhviSampler(space=space, seed=0))
    for _ in range(8):
        trial = study.ask(space)
        study.tell(trial, trial.params["n"])
    assert {trial.params["n"] for trial in study.trials[:4]} == {0, 1, 2, 3}
