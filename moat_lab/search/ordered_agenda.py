"""A search whose result does not depend on when trainings end, so that any engine gives the same."""

from __future__ import annotations

from moat_lab.records import ProposalCounts
from moat_lab.search.agenda import MEASURE, Agenda, Request, Result


class OrderedAgenda:
    """An agenda that learns results in the order of its requests, with so many of them open at a time.

    It is asked as soon as it may be: after each result that it was told, until `max_concurrent` requests are
    open or it has none. So its calls, and with them all that it chooses, are the same with one slot as with
    a hundred. The price is that a slow training holds back the results of later ones.
    """

    def __init__(self, agenda: Agenda, *, max_concurrent: int) -> None:
        self._agenda, self._most = agenda, max_concurrent
        self.networks, self.variants = agenda.networks, agenda.variants
        self._open: dict[Request, Result | None] = {}
        self._has_none = False

    @property
    def done(self) -> int:
        """Trainings that have ended, also those that the agenda has not been told yet."""
        ended = [of for of, result in self._open.items() if result is not None and of.epochs != MEASURE]
        return self._agenda.done + len(ended)

    @property
    def proposal_counts(self) -> ProposalCounts | None:
        return self._agenda.proposal_counts

    def ask(self) -> Request | None:
        """The next request; None while the oldest open one has no result, and no other may be open."""
        while True:
            if len(self._open) < self._most and not self._has_none:
                request = self._agenda.ask()
                if request is not None:
                    self._open[request] = None
                    return request
                self._has_none = True
            if not self._tell_oldest():
                return None

    def tell(self, request: Request, result: Result) -> None:
        self._open[request] = result

    def _tell_oldest(self) -> bool:
        """Whether the oldest open request had a result to tell."""
        request = next(iter(self._open), None)
        if request is None or (result := self._open[request]) is None:
            return False
        del self._open[request]
        self._agenda.tell(request, result)
        self._has_none = False
        return True
