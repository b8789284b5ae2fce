"""A search on recorded results: the same agenda, a clock that nobody waits for."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from moat_lab.search.agenda import Agenda, Request, Result


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A training at the clock's time at its end."""

    request: Request
    clock: float


def simulate(
    agenda: Agenda,
    answer: Callable[[Request], Result],
    *,
    workers: int = 1,
    duration: Callable[[Request], float] = lambda request: 1.0,
) -> list[Ended]:
    """Runs an agenda to its end, `workers` trainings at a time; gives the trainings as they end."""
    return list(trainings(agenda, answer, workers=workers, duration=duration))


def trainings(
    agenda: Agenda,
    answer: Callable[[Request], Result],
    *,
    workers: int = 1,
    duration: Callable[[Request], float] = lambda request: 1.0,
) -> Iterator[Ended]:
    """The trainings one by one, for who may have seen enough before the agenda's end."""
    running: list[tuple[float, int, Request]] = []
    clock, number = 0.0, 0
    while True:
        while len(running) < workers and (request := agenda.ask()) is not None:
            heapq.heappush(running, (clock + duration(request), number, request))
            number += 1
        if not running:
            return
        clock, _, request = heapq.heappop(running)
        agenda.tell(request, answer(request))
        yield Ended(request=request, clock=clock)
