"""What to train next, and what was learnt: the state of a search, without processes, clock or disk.

Equal calls in equal order give equal answers, so that a search that was killed is brought back by
repeating its calls with the answers that are on disk (see `journal`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from moat_lab.grammar import network
from moat_lab.records import Search, Variant
from moat_lab.search.candidates import Candidates, Digits, costs_of
from moat_lab.search.ladder import Ladder
from moat_lab.search.samplers import make_sampler

if TYPE_CHECKING:
    import optuna

_RETRIES = 5
"""Proposals in a row that are no use before the nearest useful network is taken instead."""


@dataclass(frozen=True, slots=True)
class Task:
    """A training to do or to go on with, until the end of an epoch."""

    key: str
    seed: int
    until: int


class Agenda:
    """Asked for tasks and told their results. Each network is chosen once, and always within the limits.

    Attributes:
        variants: key -> network, all that were chosen so far, in that order.
        refused: proposals beyond the limits, and repeats of a chosen network.
    """

    def __init__(
        self,
        search: Search,
        candidates: Candidates,
        study: optuna.Study,
        *,
        seeds: Sequence[int],
        epochs: int,
    ) -> None:
        self.search, self.candidates, self.study, self.seeds = search, candidates, study, tuple(seeds)
        self.variants: dict[str, Variant] = {}
        self.refused = 0
        self.ladder = Ladder(search.rungs, last=epochs)
        self._exhausted = False
        self._start = deque(search.start)
        self._waiting: deque[Task] = deque()
        self._open: set[Task] = set()
        self._trials: dict[str, optuna.Trial] = {}
        self._scores: dict[tuple[str, int], dict[int, float | None]] = {}

    def ask(self) -> Task | None:
        """The next training; None where there is nothing to start until a result is told."""
        if not self._waiting:
            self._plan_next()
        if not self._waiting:
            return None
        self._open.add(task := self._waiting.popleft())
        return task

    def tell(self, task: Task, top1: float | None) -> None:
        """The result of a task, top-1 at its epoch, None where it failed.

        Samplers learn at the first rung, where they can compare every network with every other.
        """
        self._open.discard(task)
        scores = self._scores[task.key, task.until]
        scores[task.seed] = top1
        if len(scores) < len(self.seeds):
            return
        values = self._values(task.key, task.until)
        if values is not None:
            self.ladder.arrived(task.key, task.until, self._losses(values))
        if task.key in self._trials:
            self._end(self._trials.pop(task.key), values)

    def _plan_next(self) -> None:
        """Tasks for a promoted network, otherwise for a new one."""
        more = len(self.variants) < self.search.trials and not self._exhausted
        promoted = self.ladder.promoted(settled=not more and not self._open)
        if promoted is not None:
            self._plan(*promoted)
        elif more:
            chosen = self._chosen()
            self._exhausted = chosen is None
            if chosen is None:
                self._plan_next()
            else:
                self.variants[chosen.key] = chosen
                self._plan(chosen.key, self.ladder.stops[0])

    def _plan(self, key: str, until: int) -> None:
        self._scores[key, until] = {}
        self._waiting.extend(Task(key, seed, until) for seed in self.seeds)

    def close(self) -> None:
        """Trials that did not end here are failed ones: nothing waits for them."""
        from optuna.trial import TrialState

        for trial in self._trials.values():
            self.study.tell(trial, state=TrialState.FAIL)
        self._trials.clear()

    def _end(self, trial: optuna.Trial, values: list[float] | None) -> None:
        from optuna.trial import TrialState

        if values is None:
            self.study.tell(trial, state=TrialState.FAIL)
        else:
            self.study.tell(trial, values)

    def _values(self, key: str, until: int) -> list[float] | None:
        """The objectives of a network at an epoch; None while, or where, it has no top-1."""
        scores = list(self._scores[key, until].values())
        if len(scores) < len(self.seeds) or None in scores:
            return None
        known = costs_of(self.variants[key]) | {"top1": fmean(s for s in scores if s is not None)}
        return [known[name] for name in self.search.objectives]

    def _losses(self, values: Sequence[float]) -> tuple[float, ...]:
        """Objectives, each to minimise."""
        pairs = zip(self.search.objectives, values, strict=True)
        return tuple(-value if name == "top1" else value for name, value in pairs)

    def _chosen(self) -> Variant | None:
        """A network that was not chosen before; None where the space has no other within the limits."""
        while self._start:
            if (variant := self._started(self._start.popleft())) is not None:
                return variant
        last: Digits = self.candidates.space.digits(0)
        for _ in range(_RETRIES):
            trial = self.study.ask(self.candidates.distributions())
            last = self.candidates.digits(trial.params)
            if (variant := self._useful(trial, last)) is not None:
                return variant
        nearest = self.candidates.nearest(last, self.variants)
        return None if nearest is None else self._enqueued(nearest)

    def _started(self, text: str) -> Variant | None:
        """A network to start with; one that the space does not hold is trained unseen by the sampler."""
        start = network(text)
        if start.key in self.variants:
            return None
        digits = self.candidates.space.find(start)
        return self.candidates.price(start) if digits is None else self._enqueued(digits)

    def _enqueued(self, digits: Digits) -> Variant:
        self.study.enqueue_trial(self.candidates.params(digits))
        variant = self.candidates.variant(digits)
        self._trials[variant.key] = self.study.ask(self.candidates.distributions())
        return variant

    def _useful(self, trial: optuna.Trial, digits: Digits) -> Variant | None:
        """The proposal's network where it is new and within the limits; otherwise the trial ends here.

        A repeat is answered with what is known.
        """
        from optuna.trial import TrialState

        variant = self.candidates.variant(digits)
        if self.candidates.excess(digits):
            self.study.tell(trial, state=TrialState.FAIL)
        elif variant.key in self.variants:
            values = self._values(variant.key, self.ladder.stops[0])
            self._end(trial, values)
        else:
            self._trials[variant.key] = trial
            return variant
        self.refused += 1
        return None


def new_study(
    search: Search, candidates: Candidates, *, storage: str | None = None, name: str = ""
) -> optuna.Study:
    """An empty Optuna study with the search's sampler; one of the same name in the storage is replaced.

    What it held follows from the evaluations, and is told again.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    if storage is not None and name in optuna.get_all_study_names(storage):
        optuna.delete_study(study_name=name, storage=storage)
    return optuna.create_study(
        study_name=name or None,
        storage=storage,
        directions=["maximize" if o == "top1" else "minimize" for o in search.objectives],
        sampler=make_sampler(search, candidates),
    )
