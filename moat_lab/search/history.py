"""What a sampler has to go by: the trials that have finished."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from optuna.distributions import BaseDistribution
from optuna.study import StudyDirection
from optuna.trial import TrialState

from moat_lab.analysis.dominance import order
from moat_lab.search.genes import Params

if TYPE_CHECKING:
    from optuna import Study
    from optuna.trial import FrozenTrial

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """TrainingEnded trials, oldest first: parameters, and objectives to minimise (N, d)."""

    params: tuple[Params, ...]
    losses: Floats
    signs: tuple[int, ...]

    def parents(self, age: int) -> list[Params]:
        """The last `age`, best first: by non-dominated rank, and within a rank by room around."""
        last = self.params[-age:]
        return [last[i] for i in order(self.losses[-age:])]


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
