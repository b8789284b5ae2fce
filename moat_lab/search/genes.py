"""Genes of networks as Optuna's parameters, and the finished trials from which they are bred."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.study import StudyDirection
from optuna.trial import TrialState

from moat_lab.analysis.frontier import nondominated_order

if TYPE_CHECKING:
    from optuna import Study
    from optuna.trial import FrozenTrial

Floats = npt.NDArray[np.float64]

Params = dict[str, Any]
Genes = frozenset[tuple[str, Any]]


def neighbour(value: Any, distribution: BaseDistribution, rng: np.random.Generator) -> Any:
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


def drawn(distribution: BaseDistribution, rng: np.random.Generator) -> Any:
    """Any value, each as likely."""
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


def frozen(params: Params) -> Genes:
    """What equal sets of parameters share, whatever their order."""
    return frozenset(params.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """TrainingEnded trials, oldest first: parameters, and objectives to minimise (N, d)."""

    params: tuple[Params, ...]
    losses: Floats
    signs: tuple[int, ...]

    def parents(self, age: int) -> list[Params]:
        """The last `age`, best first: by non-dominated rank, and within a rank by room around."""
        last = self.params[-age:]
        return [last[i] for i in nondominated_order(self.losses[-age:])]


def history_of(study: Study, space: Mapping[str, BaseDistribution]) -> History:
    """The finished trials that have these parameters."""
    finished = [
        trial
        for trial in study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
        if trial.values and all(map(math.isfinite, trial.values)) and _has(trial, space)
    ]
    signs = tuple(1 if direction == StudyDirection.MINIMIZE else -1 for direction in study.directions)
    losses = np.array([trial.values for trial in finished], dtype=np.float64).reshape(-1, len(signs)) * signs
    params = tuple({name: trial.params[name] for name in space} for trial in finished)
    return History(params=params, losses=losses, signs=signs)


def _has(trial: FrozenTrial, space: Mapping[str, BaseDistribution]) -> bool:
    return all(
        name in trial.params and distribution._contains(distribution.to_internal_repr(trial.params[name]))
        for name, distribution in space.items()
    )
