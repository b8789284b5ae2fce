"""A sampler under limits: the state of a search, without processes, clock or disk.

Equal calls in equal order give equal answers, so that a search that was killed is brought back by
repeating its calls with the answers that are on disk (see `journal`).
"""

from __future__ import annotations

from bisect import insort
from collections import deque
from collections.abc import Sequence
from math import ceil, inf, isnan
from statistics import fmean
from typing import TYPE_CHECKING

from moat_lab.metrics import COSTS
from moat_lab.records import ProposalCounts, Search, Variant
from moat_lab.search.agenda import MEASURE, Request, Result
from moat_lab.search.candidates import Candidates
from moat_lab.search.limits import violation
from moat_lab.search.proposals import Proposals
from moat_lab.search.successive_halving import SuccessiveHalving

if TYPE_CHECKING:
    import optuna

_MEASURED_PER_TRIAL = 20
"""It ends after measuring this many networks for each that it may train: what it wants is not there."""


class SamplerAgenda:
    """Asked for requests and told their results. Each network is chosen once, and always within the limits.

    Attributes:
        rejected: those that were measured and are not trained: beyond a limit, or screened out.
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
        self.search, self.study, self.seeds = search, study, tuple(seeds)
        self.proposals = Proposals(search, candidates, study)
        self.halving = SuccessiveHalving(search.rungs, last=epochs)
        self.stops = (*search.pruning.epochs, epochs) if search.pruning else self.halving.stops
        self.screening = Screening(search.screen.keep) if search.screen else None
        self.networks: dict[str, Variant] = {}
        self.variants: dict[str, Variant] = {}
        self.rejected: set[str] = set()
        self.done = 0
        self._exhausted = False
        self._waiting: deque[Request] = deque()
        self._open: set[Request] = set()
        self._measured: dict[str, Result] = {}
        self._scores: dict[tuple[str, int], dict[int, float | None]] = {}

    @property
    def proposal_counts(self) -> ProposalCounts:
        """Totals, which a replay counts again: a kill loses nothing and repeats nothing."""
        return ProposalCounts(duplicates=self.proposals.duplicates, infeasible=self.proposals.infeasible)

    def ask(self) -> Request | None:
        if not self._waiting:
            self._plan_next()
        if not self._waiting:
            return None
        self._open.add(request := self._waiting.popleft())
        return request

    def tell(self, request: Request, result: Result) -> None:
        """The result of a request.

        Samplers learn at the first rung, where they can compare every network with every other.
        """
        self._open.discard(request)
        if request.epochs == MEASURE:
            self._decide(request.key, result)
            return
        self.done += 1
        scores = self._scores[request.key, request.epochs]
        scores[request.seed] = result.get(self.search.score)
        if len(scores) < len(self.seeds):
            return
        values = self._values(request.key, list(scores.values()))
        if self.search.pruning:
            self._go_on(request.key, request.epochs, values)
            return
        if values is not None:
            self.halving.arrived(request.key, request.epochs, self._losses(values))
        self.proposals.end(request.key, values)

    def _plan_next(self) -> None:
        """Tasks for a promoted network, otherwise for a new one."""
        more = self._wants_more()
        promoted = self.halving.promoted(drained=not more and not self._open)
        if promoted is not None:
            self._plan(*promoted)
        elif more:
            chosen = self.proposals.next(self.networks)
            self._exhausted = chosen is None
            if chosen is None:
                self._plan_next()
            else:
                self._begin(chosen)

    def _wants_more(self) -> bool:
        """Whether another network may be chosen; those being measured may all come to be trained."""
        undecided = len(self.networks) - len(self.rejected)
        measured_enough = len(self.networks) >= _MEASURED_PER_TRIAL * self.search.trials
        return undecided < self.search.trials and not self._exhausted and not measured_enough

    def _begin(self, chosen: Variant) -> None:
        self.networks[chosen.key] = chosen
        if self.search.measures:
            self._waiting.append(Request(chosen.key, self.seeds[0], MEASURE))
        else:
            self.variants[chosen.key] = chosen
            self._plan(chosen.key, self.stops[0])

    def _decide(self, key: str, measured: Result) -> None:
        """Trains a measured network, or rejects it.

        One that could not be measured is no less a failure of the search: its trainings are failed records.
        """
        self._measured[key] = measured
        if not measured or self._is_worth_training(key):
            self.variants[key] = self.networks[key]
            self._plan(key, self.stops[0])
        else:
            self.rejected.add(key)
            self.proposals.end(key, None)

    def _is_worth_training(self, key: str) -> bool:
        """Within the limits, and not screened out; the networks to start with pass any screen."""
        costs = self._costs(key)
        if violation(costs, self.search.limits):
            return False
        screen, screening = self.search.screen, self.screening
        if screen is None or screening is None or key in self.proposals.start_keys:
            return True
        return screening.passes(costs.get(screen.score, float("nan")))

    def _go_on(self, key: str, epoch: int, values: Sequence[float] | None) -> None:
        """Trains a network up to the next look at it, unless it has ended or the pruner gives it up."""
        following = next((stop for stop in self.stops if stop > epoch), None)
        if values is None or following is None:
            self.proposals.end(key, values)
        elif not self.proposals.prunes(key, epoch, values[0]):
            self._plan(key, following)

    def _plan(self, key: str, epochs: int) -> None:
        self._scores[key, epochs] = {}
        self._waiting.extend(Request(key, seed, epochs) for seed in self.seeds)

    def _values(self, key: str, scores: Sequence[float | None]) -> list[float] | None:
        """The objectives of a network with these scores; None where a training failed."""
        finished = [score for score in scores if score is not None]
        if len(finished) < len(scores):
            return None
        values = self._costs(key) | {self.search.score: fmean(finished)}
        return [values[name] for name in self.search.objectives]

    def _costs(self, key: str) -> dict[str, float]:
        """What is known of a network before it is trained."""
        return {**self.networks[key].costs, **self._measured.get(key, {})}

    def _losses(self, values: Sequence[float]) -> tuple[float, ...]:
        """Objectives, each to minimise."""
        pairs = zip(self.search.objectives, values, strict=True)
        return tuple(value if name in COSTS else -value for name, value in pairs)


class Screening:
    """Says of each network at once whether it passes, so that no worker waits for a batch of them."""

    def __init__(self, keep: float) -> None:
        self.keep = keep
        self._losses: list[float] = []

    def passes(self, score: float) -> bool:
        """Whether a score is among the best `keep` of those seen, itself included; no unknown one is."""
        loss = inf if isnan(score) else -score
        insort(self._losses, loss)
        return not isnan(score) and self._losses.index(loss) < ceil(self.keep * len(self._losses))
