"""Successive halving with several objectives: who goes on from a rung."""

from __future__ import annotations

from moat_lab.analysis.frontier import nondominated_order
from moat_lab.records import Rungs

Losses = tuple[float, ...]


class SuccessiveHalving:
    """The rungs of a search, and the networks that have arrived at each.

    Asynchronous: a network is promoted as soon as it is among the best `keep` of those that have arrived
    at its rung so far, so that no worker waits for a rung to be full. Best is by non-dominated rank, then
    by crowding.

    Source: Li et al. 2020, ASHA, with the rank of Deb et al. 2002 in place of one score.
    """

    def __init__(self, rungs: Rungs | None, *, last: int) -> None:
        self.stops = (*(rungs.epochs if rungs else ()), last)
        self.keep = rungs.keep if rungs else 1.0
        self._arrived: dict[int, dict[str, Losses]] = {stop: {} for stop in self.stops}
        self._promoted: dict[int, set[str]] = {stop: set() for stop in self.stops}

    def arrived(self, key: str, stop: int, losses: Losses) -> None:
        """A network's objectives at a rung."""
        self._arrived[stop][key] = losses

    def promoted(self, *, drained: bool) -> tuple[str, int] | None:
        """The next network to go on and the epoch to train it to; from the highest rung that has one.

        Args:
            drained: nothing runs and nothing new will start; then at least one goes on from each rung.
        """
        for stop, following in reversed(list(zip(self.stops, self.stops[1:], strict=False))):
            arrived = self._arrived[stop]
            quota = int(self.keep * len(arrived)) or int(drained and bool(arrived))
            if len(self._promoted[stop]) < quota:
                for key in best_first(arrived)[:quota]:
                    if key not in self._promoted[stop]:
                        self._promoted[stop].add(key)
                        return key, following
        return None


def best_first(losses: dict[str, Losses]) -> list[str]:
    """Keys by non-dominated rank, within a rank by crowding, then in the order of their arrival."""
    keys = list(losses)
    return [keys[i] for i in nondominated_order(list(losses.values()))]
