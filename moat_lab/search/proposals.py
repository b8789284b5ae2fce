"""Which network comes next, and the Optuna trial that asked for it."""

from __future__ import annotations

from collections import deque
from collections.abc import Container, Sequence
from typing import TYPE_CHECKING

from moat_lab.grammar import to_network
from moat_lab.records import Search, Variant
from moat_lab.search.candidates import Candidates, Digits, variant_at

if TYPE_CHECKING:
    import optuna

_RETRIES = 5
"""Proposals in a row that are no use before the nearest useful network is chosen instead."""


class Proposals:
    """Proposes each network once, always within the closed-form limits; first those to start with.

    Attributes:
        duplicates: proposals of the sampler within the limits that had been chosen before.
        infeasible: proposals of the sampler beyond the limits.
    """

    def __init__(self, search: Search, candidates: Candidates, study: optuna.Study) -> None:
        self.candidates, self.study = candidates, study
        self.duplicates = self.infeasible = 0
        self._start = deque(to_network(text) for text in search.start)
        self.start_keys = {start.key for start in self._start}
        self._trials: dict[str, optuna.Trial] = {}
        self._objectives: dict[str, Sequence[float]] = {}

    def next(self, excluded: Container[str]) -> Variant | None:
        """A network whose key is not excluded; None where the space has no other within the limits."""
        while self._start:
            if (start := self._start.popleft()).key not in excluded:
                digits = self.candidates.space.find(start)
                # One that the space does not hold is trained unseen by the sampler.
                return variant_at(start, self.candidates.inputs) if digits is None else self._enqueued(digits)
        last: Digits = self.candidates.space.digits(0)
        for _ in range(_RETRIES):
            trial = self.study.ask(self.candidates.distributions())
            last = self.candidates.digits(trial.params)
            if (variant := self._accepted(trial, last, excluded)) is not None:
                return variant
        nearest = self.candidates.nearest(last, excluded)
        return None if nearest is None else self._enqueued(nearest)

    def prunes(self, key: str, epoch: int, value: float) -> bool:
        """Whether the study's pruner gives the network up, with this objective at this epoch."""
        trial = self._trials.get(key)
        if trial is None:
            return False
        trial.report(value, epoch)
        if not trial.should_prune():
            return False
        self._tell(self._trials.pop(key), "PRUNED")
        return True

    def end(self, key: str, values: Sequence[float] | None) -> None:
        """The objectives of a network, None where it has none; only the first end counts."""
        trial = self._trials.pop(key, None)
        if trial is None:
            return
        if values is None:
            self._tell(trial, "FAIL")
        else:
            self._objectives[key] = values
            self.study.tell(trial, values)

    def _enqueued(self, digits: Digits) -> Variant:
        self.study.enqueue_trial(self.candidates.params(digits))
        variant = self.candidates.variant(digits)
        self._trials[variant.key] = self.study.ask(self.candidates.distributions())
        return variant

    def _accepted(self, trial: optuna.Trial, digits: Digits, excluded: Container[str]) -> Variant | None:
        """The proposal's network where it is new and within the limits; otherwise the trial ends here.

        A repeat is answered with what is known.
        """
        variant = self.candidates.variant(digits)
        is_infeasible = self.candidates.violation(digits) > 0
        if not is_infeasible and variant.key not in excluded:
            self._trials[variant.key] = trial
            return variant
        self.infeasible += is_infeasible
        self.duplicates += not is_infeasible
        if variant.key in self._objectives:
            self.study.tell(trial, self._objectives[variant.key])
        else:
            self._tell(trial, "FAIL")
        return None

    def _tell(self, trial: optuna.Trial, state: str) -> None:
        from optuna.trial import TrialState

        self.study.tell(trial, state=TrialState[state])
