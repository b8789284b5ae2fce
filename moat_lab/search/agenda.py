"""What to train next: the interface of all agendas, and the fixed list of an ablation."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import Protocol

from moat_lab.records import ProposalCounts, Variant

Result = Mapping[str, float]
"""What a request gave, by name: the score of a training, or what was measured; empty where it failed."""
MEASURE = 0
"""`epochs` of a request that measures a network, before any training of it."""


@dataclass(frozen=True, slots=True)
class Request:
    """A training to do or to resume, to the end of epoch `epochs`; with 0 epochs the network is measured."""

    key: str
    seed: int
    epochs: int
    others: tuple[int, ...] = ()
    """Further seeds to train at once with this one; each is told by itself."""


Find = Callable[[Request], Result | None]
"""What is on disk of a request; None where it has not been done."""


class Agenda(Protocol):
    """Asked for requests and told their results, as Optuna's studies are.

    Attributes:
        networks: key -> network, all that were chosen so far.
        variants: those of them that are trained, in the order in which that was decided.
        done: requests for trainings that have been told.
        proposal_counts: what a sampler proposed without use; None without a sampler.
    """

    networks: dict[str, Variant]
    variants: dict[str, Variant]

    @property
    def done(self) -> int: ...
    @property
    def proposal_counts(self) -> ProposalCounts | None: ...
    def ask(self) -> Request | None:
        """The next request; None where there is nothing to start until a result is told."""
        ...

    def tell(self, request: Request, result: Result) -> None: ...


class FixedAgenda:
    """A fixed list: each network with each seed once, without what is on disk already.

    Seed by seed: whenever a study ends, all networks have about equally many.
    """

    proposal_counts: ProposalCounts | None = None

    def __init__(
        self,
        variants: Iterable[Variant],
        *,
        seeds: Mapping[str, Sequence[int]],
        epochs: int,
        find: Find,
        together: bool = False,
    ) -> None:
        """`together` joins the missing seeds of a network in one request.

        Args:
            seeds: of each network, by key.
        """
        self.variants = self.networks = {variant.key: variant for variant in variants}
        by_round = zip_longest(*(seeds[key] for key in self.variants))
        requests = [
            Request(key, seed, epochs)
            for of_round in by_round
            for key, seed in zip(self.variants, of_round, strict=True)
            if seed is not None
        ]
        missing = [request for request in requests if find(request) is None]
        self.done = len(requests) - len(missing)
        self._waiting = deque(joined(missing) if together else missing)

    def ask(self) -> Request | None:
        return self._waiting.popleft() if self._waiting else None

    def tell(self, request: Request, result: Result) -> None:
        self.done += 1


def joined(requests: Iterable[Request]) -> list[Request]:
    """One request for each network, with all of its seeds."""
    joined_requests: dict[str, Request] = {}
    for request in requests:
        first_request = joined_requests.setdefault(request.key, request)
        if request is not first_request:
            joined_requests[request.key] = replace(
                first_request, others=(*first_request.others, request.seed)
            )
    return list(joined_requests.values())
