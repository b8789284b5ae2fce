"""A search on recorded results: the same agenda, and a simulated clock."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from moat_lab.analysis.frontier import Floats
from moat_lab.search.agenda import Agenda, Request, Result

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A training at the clock's time at its end."""

    request: Request
    clock: float


def simulate(
    agenda: Agenda,
    result_of: Callable[[Request], Result],
    *,
    workers: int = 1,
    duration: Callable[[Request], float] = lambda request: 1.0,
) -> list[Ended]:
    """Runs an agenda to its end, `workers` trainings at a time; gives the trainings as they end."""
    return list(trainings(agenda, result_of, workers=workers, duration=duration))


def trainings(
    agenda: Agenda,
    result_of: Callable[[Request], Result],
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
        agenda.tell(request, result_of(request))
        yield Ended(request=request, clock=clock)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedTable:
    """Top-1 by network, seed and epoch; and what each network truly reaches."""

    top1: dict[Request, float]
    keys: tuple[str, ...]
    losses: Floats
    """(N, 2) of `keys`: minus the mean top-1 of the seeds that judge after the last epoch, MACs."""

    def result(self, request: Request) -> Result:
        """Top-1 of the training at the request's epoch."""
        return {"top1": self.top1[request]}

    def losses_of(self, keys: list[str]) -> Floats:
        """(N, 2) of these networks, in their order."""
        at = {key: i for i, key in enumerate(self.keys)}
        return self.losses[[at[key] for key in keys]]


def recorded_results(table: pd.DataFrame, *, judges: Collection[int] | None = None) -> RecordedTable:
    """The answers of a table as `moat_lab.table` gives it.

    Args:
        judges: the seeds whose mean is what a network truly reaches; left out, all.
    """
    epochs = {name: int(name.rsplit("_", 1)[1]) for name in table.columns if name.startswith("top1_epoch_")}
    judged = table if judges is None else table[table["seed"].isin(list(judges))]
    means = judged.groupby("key", sort=False)[["top1", "macs"]].mean()
    return RecordedTable(
        top1={
            Request(str(row["key"]), int(row["seed"]), epoch): float(row[name])
            for row in table.to_dict("records")
            for name, epoch in epochs.items()
        },
        keys=tuple(map(str, means.index)),
        losses=np.column_stack([-means["top1"], means["macs"]]),
    )
