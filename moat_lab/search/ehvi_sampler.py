"""Bayesian optimisation by expected hypervolume improvement, as an Optuna sampler."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, RandomSampler
from optuna.search_space import IntersectionSearchSpace

from moat_lab.search.genes import Genes, History, Params, drawn, frozen, history_of, neighbour
from moat_lab.search.hypervolume_improvement import expected_improvements, features, reference_point
from moat_lab.search.prior import earned_slope
from moat_lab.search.surrogate import posterior

if TYPE_CHECKING:
    from optuna import Study
    from optuna.trial import FrozenTrial

Floats = npt.NDArray[np.float64]
_DRAWS = 4
"""Draws for each place in a brood: where limits are tight or few are left, the brood is smaller."""
_LEARNT = 300
"""Trials that the surrogate learns from, the last ones; a fit costs their third power."""


class EhviSampler(BaseSampler):
    """A Gaussian process with expected hypervolume improvement, over exact costs.

    The network is proposed that is expected to add most to the dominated volume. Objectives that are known of
    every network are exact; others come from a Gaussian process on the genes and the exact costs. The first
    `population` trials are those of a drawn brood that are farthest from all before.

    The acquisition is taken of a brood, not of the whole space. Half of a `brood` are drawn, half are
    children: a parent is the best of `tournament` of the last `age` finished trials, by non-dominated rank
    and then by crowding; with probability `crossover` each gene of a second parent may come in; and one
    gene, or more with falling probability, moves to a neighbouring level: a step of a number, another
    category. None was proposed before.

    Args:
        allowed: whether a set of parameters may be proposed; a brood is feasible by construction.
        exact: the objectives, by position, that are known of parameters without a trial.
        prior: guesses of others, by position: the mean of the Gaussian process, as far as finished trials
            agree with them (`prior.earned_slope`). NaN is no guess.
        reference: objective, by position -> a value worse than all of interest; volume is measured from
            there, and where none is given from a little beyond the frontier's worst.
        space: all parameters; left out, those that all finished trials share.

    Sources: Emmerich et al. 2006 (expected hypervolume improvement); Real et al. 2019 (ageing of parents);
    Deb et al. 2002 (rank and crowding).
    """

    def __init__(
        self,
        *,
        population: int = 3,
        age: int = 100,
        tournament: int = 4,
        crossover: float = 0.3,
        brood: int = 128,
        seed: int | None = None,
        allowed: Callable[[Params], bool] | None = None,
        exact: Callable[[Params], Mapping[int, float]] | None = None,
        prior: Callable[[Params], Mapping[int, float]] | None = None,
        reference: Mapping[int, float] | None = None,
        space: Mapping[str, BaseDistribution] | None = None,
    ) -> None:
        for name, value in (
            ("brood", brood),
            ("population", population),
            ("age", age),
            ("tournament", tournament),
        ):
            if value < 1:
                raise ValueError(f"{name} is at least 1; got {value}")
        if not 0 <= crossover <= 1:
            raise ValueError(f"crossover is a share from 0 to 1; got {crossover}")
        self.population, self.age, self.tournament = population, age, tournament
        self.crossover, self.brood = crossover, brood
        self._rng = np.random.default_rng(seed)
        self._random = RandomSampler(seed=seed)
        self._allowed = allowed or (lambda params: True)
        self._exact = exact or (lambda params: {})
        self._prior = prior or (lambda params: {})
        self._reference = reference or {}
        self._space, self._shared = space, IntersectionSearchSpace()

    def reseed_rng(self) -> None:
        self._rng = np.random.default_rng()
        self._random.reseed_rng()

    def infer_relative_search_space(self, study: Study, trial: FrozenTrial) -> dict[str, BaseDistribution]:
        return dict(self._space if self._space is not None else self._shared.calculate(study))

    def sample_relative(
        self, study: Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> Params:
        if not search_space:
            return {}
        proposed = {frozen(t.params) for t in study.get_trials(deepcopy=False)}
        history = history_of(study, search_space)
        if len(history.params) < self.population:
            brood = self._new(lambda: self._drawn(search_space), self.brood, proposed)
            return self._farthest(brood, history, search_space) if brood else self._drawn(search_space)
        parents = history.parents(self.age)
        brood = self._new(lambda: self._child(parents, search_space), (self.brood + 1) // 2, proposed)
        brood += self._new(lambda: self._drawn(search_space), self.brood // 2, proposed)
        return self._best_expected(brood, history, search_space) if brood else self._drawn(search_space)

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        return self._random.sample_independent(study, trial, param_name, param_distribution)

    def _new(self, draw: Callable[[], Params], count: int, proposed: set[Genes]) -> list[Params]:
        """Up to `count` different draws that are allowed and were not proposed before."""
        children: dict[Genes, Params] = {}
        for _ in range(_DRAWS * count):
            one = draw()
            if (key := frozen(one)) not in proposed and key not in children and self._allowed(one):
                children[key] = one
            if len(children) == count:
                break
        return list(children.values())

    def _farthest(
        self, brood: Sequence[Params], history: History, space: Mapping[str, BaseDistribution]
    ) -> Params:
        """The one that differs most from the trial that is most like it; the first where there are none."""
        observed, candidates = self._features(history.params, brood, space)
        distances = np.linalg.norm(candidates[:, None] - observed[None], axis=2)
        return brood[int(np.argmax(distances.min(axis=1, initial=np.inf)))]

    def _best_expected(
        self, brood: Sequence[Params], history: History, space: Mapping[str, BaseDistribution]
    ) -> Params:
        """The one that is expected to add most to the dominated volume."""
        exact = [self._exact(child) for child in brood]
        learnt = [i for i in range(len(history.signs)) if i not in exact[0]]
        means = np.array([[s * costs.get(i, 0.0) for i, s in enumerate(history.signs)] for costs in exact])
        deviations = np.zeros_like(means)
        known = history.params[-_LEARNT:]
        observed, candidates = self._features(known, brood, space)
        of_known, of_brood = self._guessed(history, known, brood)
        losses = history.losses[-_LEARNT:, learnt] - of_known[:, learnt]
        means[:, learnt], deviations[:, learnt] = posterior(observed, losses, candidates)
        means[:, learnt] += of_brood[:, learnt]
        reference = [s * self._reference.get(i, s * math.inf) for i, s in enumerate(history.signs)]
        corner = reference_point(history.losses, np.array(reference))
        gains = expected_improvements(history.losses, means, deviations, corner, self._rng)
        return brood[int(np.argmax(gains))]

    def _guessed(
        self, history: History, known: Sequence[Params], brood: Sequence[Params]
    ) -> tuple[Floats, Floats]:
        """(N, d) and (M, d) what the prior adds to the mean of each loss, as far as it has earned it."""
        signs, count = history.signs, len(known)
        found = np.zeros((count + len(brood), len(signs)))
        guesses = [self._prior(params) for params in (*known, *brood)]
        for i in guesses[0]:
            values = signs[i] * np.array([guess[i] for guess in guesses])
            if np.isnan(values).all():
                continue
            values = np.where(np.isnan(values), np.nanmean(values), values)
            slope = earned_slope(values[:count], history.losses[-_LEARNT:, i])
            found[:, i] = slope * (values - values[:count].mean())
        return found[:count], found[count:]

    def _features(
        self, observed: Sequence[Params], candidates: Sequence[Params], space: Mapping[str, BaseDistribution]
    ) -> tuple[Floats, Floats]:
        """Features of both: the genes, and the logarithms of the exact costs, half as far apart as usual."""
        both = [*observed, *candidates]
        costs = np.array([list(self._exact(params).values()) for params in both], dtype=np.float64)
        logs = np.log1p(np.maximum(costs, 0))
        spread = logs.std(axis=0)
        scaled = (logs - logs.mean(axis=0)) / np.where(spread > 0, 2 * spread, 1.0)
        together = np.concatenate([features(both, space), scaled], axis=1)
        return together[: len(observed)], together[len(observed) :]

    def _child(self, parents: Sequence[Params], space: Mapping[str, BaseDistribution]) -> Params:
        child = dict(self._chosen(parents))
        if self._rng.random() < self.crossover:
            other = self._chosen(parents)
            child |= {name: other[name] for name in space if self._rng.random() < 0.5}
        names = [name for name, distribution in space.items() if not distribution.single()]
        while names:
            name = names[int(self._rng.integers(len(names)))]
            child[name] = neighbour(child[name], space[name], self._rng)
            if self._rng.random() < 0.5:
                break
        return child

    def _chosen(self, parents: Sequence[Params]) -> Params:
        """The best of a few; parents stand in order, best first."""
        return parents[int(self._rng.integers(len(parents), size=self.tournament).min())]

    def _drawn(self, space: Mapping[str, BaseDistribution]) -> Params:
        return {name: drawn(distribution, self._rng) for name, distribution in space.items()}
