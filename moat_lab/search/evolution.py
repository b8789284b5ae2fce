"""Evolution that knows what an architecture is, as an Optuna sampler."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.samplers import BaseSampler, RandomSampler
from optuna.search_space import IntersectionSearchSpace
from optuna.study import StudyDirection
from optuna.trial import TrialState

from moat_lab.analysis.dominance import order
from moat_lab.search.promise import features, predicted, volume_gains

if TYPE_CHECKING:
    from optuna import Study
    from optuna.trial import FrozenTrial

Params = dict[str, Any]
_TRIES = 200
"""Draws before an allowed child is given up; a space that is nearly exhausted has few left."""


class EvolutionSampler(BaseSampler):
    """Steady-state evolution: each child changes little of a parent that few others beat.

    The first `population` trials are drawn at random. After that a parent is the best of `tournament` of the
    last `age` finished trials, by non-dominated rank and then by crowding; with probability `crossover` each
    gene of a second parent may come in; and one gene, or more with falling probability, moves to a
    neighbouring level: a step of a number, another category. A child is never one that was proposed before.

    Of a `brood` of such children the one is proposed that promises to add most to the dominated volume:
    objectives that are known of every network are exact, others come from a ridge regression on the genes.

    Args:
        allowed: whether a set of parameters may be proposed; children are feasible by construction.
        exact: the objectives, by position, that are known of parameters without a trial.
        space: all parameters; left out, those that all finished trials share.

    Sources: Real et al. 2019 (ageing); Deb et al. 2002 (rank and crowding).
    """

    def __init__(
        self,
        *,
        population: int = 12,
        age: int = 100,
        tournament: int = 4,
        crossover: float = 0.3,
        brood: int = 32,
        seed: int | None = None,
        allowed: Callable[[Params], bool] | None = None,
        exact: Callable[[Params], Mapping[int, float]] | None = None,
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
        proposed = {_genes(t.params) for t in study.get_trials(deepcopy=False)}
        history = _history(study, search_space, self.age)
        if len(history.params) < self.population:
            return self._new(lambda: self._drawn(search_space), proposed)
        parents = history.best_first()
        brood = [self._new(lambda: self._child(parents, search_space), proposed) for _ in range(self.brood)]
        return self._promising(brood, history, search_space)

    def _new(self, draw: Callable[[], Params], proposed: set[tuple[Any, ...]]) -> Params:
        """The first draw that is allowed and was not proposed before; the last where none is."""
        for _ in range(_TRIES):
            drawn = draw()
            if _genes(drawn) not in proposed and self._allowed(drawn):
                break
        return drawn

    def _promising(
        self, brood: Sequence[Params], history: History, space: Mapping[str, BaseDistribution]
    ) -> Params:
        """The child that adds most to the dominated volume: exact costs, other objectives predicted."""
        if len(brood) == 1:
            return brood[0]
        expected = predicted(history.features(space), history.losses, features(brood, space), self._rng)
        for row, child in zip(expected, brood, strict=True):
            for objective, value in self._exact(child).items():
                row[objective] = history.signs[objective] * value
        return brood[int(np.argmax(volume_gains(history.losses, expected)))]

    def sample_independent(
        self, study: Study, trial: FrozenTrial, param_name: str, param_distribution: BaseDistribution
    ) -> Any:
        return self._random.sample_independent(study, trial, param_name, param_distribution)

    def _child(self, parents: Sequence[Params], space: Mapping[str, BaseDistribution]) -> Params:
        child = dict(self._chosen(parents))
        if self._rng.random() < self.crossover:
            other = self._chosen(parents)
            child |= {name: other[name] for name in space if self._rng.random() < 0.5}
        names = [name for name, distribution in space.items() if not distribution.single()]
        while names:
            name = names[int(self._rng.integers(len(names)))]
            child[name] = _neighbour(child[name], space[name], self._rng)
            if self._rng.random() < 0.5:
                break
        return child

    def _chosen(self, parents: Sequence[Params]) -> Params:
        """The best of a few; parents stand in order, best first."""
        return parents[int(self._rng.integers(len(parents), size=self.tournament).min())]

    def _drawn(self, space: Mapping[str, BaseDistribution]) -> Params:
        return {name: _drawn(distribution, self._rng) for name, distribution in space.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Finished trials, oldest first: parameters, and objectives to minimise (N, d)."""

    params: tuple[Params, ...]
    losses: npt.NDArray[np.float64]
    signs: tuple[int, ...]

    def best_first(self) -> list[Params]:
        """By non-dominated rank, and within a rank by room around."""
        return [self.params[i] for i in order(self.losses)]

    def features(self, space: Mapping[str, BaseDistribution]) -> npt.NDArray[np.float64]:
        return features(self.params, space)


def _history(study: Study, space: Mapping[str, BaseDistribution], age: int) -> History:
    """The last `age` finished trials that have these parameters."""
    finished = [
        trial
        for trial in study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        if trial.values and all(map(math.isfinite, trial.values)) and _has(trial, space)
    ][-age:]
    signs = tuple(1 if direction == StudyDirection.MINIMIZE else -1 for direction in study.directions)
    losses = np.array([trial.values for trial in finished], dtype=np.float64).reshape(-1, len(signs)) * signs
    params = tuple({name: trial.params[name] for name in space} for trial in finished)
    return History(params=params, losses=losses, signs=signs)


def _has(trial: FrozenTrial, space: Mapping[str, BaseDistribution]) -> bool:
    return all(
        name in trial.params and distribution._contains(distribution.to_internal_repr(trial.params[name]))
        for name, distribution in space.items()
    )


def _neighbour(value: Any, distribution: BaseDistribution, rng: np.random.Generator) -> Any:
    """A value one step away; of a continuous range, a tenth of it on average."""
    if isinstance(distribution, CategoricalDistribution):
        here = distribution.choices.index(value)
        others = [i for i in range(len(distribution.choices)) if i != here]
        return distribution.choices[others[int(rng.integers(len(others)))]]
    assert isinstance(distribution, IntDistribution | FloatDistribution)
    if isinstance(distribution, IntDistribution) and not distribution.log:
        steps = (-distribution.step, distribution.step)
        inside = [value + s for s in steps if distribution.low <= value + s <= distribution.high]
        return int(inside[int(rng.integers(len(inside)))])
    position = _position(value, distribution) + rng.normal(scale=0.1)
    return _at(min(1.0, max(0.0, position)), distribution)


def _drawn(distribution: BaseDistribution, rng: np.random.Generator) -> Any:
    if isinstance(distribution, CategoricalDistribution):
        return distribution.choices[int(rng.integers(len(distribution.choices)))]
    assert isinstance(distribution, IntDistribution | FloatDistribution)
    if isinstance(distribution, IntDistribution) and not distribution.log:
        steps = (distribution.high - distribution.low) // distribution.step
        return int(distribution.low + distribution.step * rng.integers(steps + 1))
    return _at(rng.random(), distribution)


def _position(value: float, distribution: IntDistribution | FloatDistribution) -> float:
    low, high, here = (
        np.log(x) if distribution.log else x for x in (distribution.low, distribution.high, value)
    )
    return float((here - low) / (high - low)) if high > low else 0.0


def _at(position: float, distribution: IntDistribution | FloatDistribution) -> Any:
    """The value at a position from 0 to 1 of a range."""
    low, high = distribution.low, distribution.high
    value = float(low * (high / low) ** position if distribution.log else low + (high - low) * position)
    if distribution.step is not None and not distribution.log:
        value = low + distribution.step * round((value - low) / distribution.step)
    value = min(max(value, low), high)
    return round(value) if isinstance(distribution, IntDistribution) else float(value)


def _genes(params: Params) -> tuple[Any, ...]:
    return tuple(sorted((name, str(value)) for name, value in params.items()))
