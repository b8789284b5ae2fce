"""A filter by a score: of all networks measured, about a stated share is trained."""

from __future__ import annotations

from bisect import insort
from math import ceil, inf, isnan


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
