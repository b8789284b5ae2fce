"""The order in which a search asked and was told, on disk: enough to bring it back as it was.

Results are not kept here: they are the evaluations and measurements. Without the journal a search starts
over, and is answered at once wherever one of them is there.
"""

from __future__ import annotations

import json
import os
from collections import deque
from pathlib import Path

from pydantic_core import from_json

from moat_lab.files import read_regular, write_atomically
from moat_lab.records import ProposalCounts
from moat_lab.records.strict_json import MOST_BYTES
from moat_lab.search.agenda import Agenda, Find, Request, Result


class Journal:
    """Lines such as `["asked", KEY, SEED, EPOCH]`, each on disk before what follows from it happens."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, event: str, request: Request) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(_line(event, request))
            file.flush()
            os.fsync(file.fileno())

    def read(self) -> list[tuple[str, Request]]:
        """All whole lines, up to the first damaged one; none where the file cannot be read."""
        events: list[tuple[str, Request]] = []
        try:
            content = read_regular(self.path, most=MOST_BYTES)
        except OSError:  # it is written anew as soon as it was replayed
            return events
        for line in content.splitlines():
            try:
                event, key, seed, epochs = from_json(line)
                events.append((event, Request(str(key), int(seed), int(epochs))))
            except (ArithmeticError, ValueError, TypeError):
                break
        return events

    def rewrite(self, events: list[tuple[str, Request]]) -> None:
        write_atomically(self.path, "".join(_line(event, request) for event, request in events))


class JournaledAgenda:
    """An agenda whose every call is in a journal, brought back to where that ends."""

    def __init__(self, agenda: Agenda, journal: Journal, find: Find) -> None:
        self._agenda, self._journal = agenda, journal
        self.networks, self.variants = agenda.networks, agenda.variants
        self._open = deque(replay(agenda, journal, find))

    @property
    def done(self) -> int:
        return self._agenda.done

    @property
    def proposal_counts(self) -> ProposalCounts | None:
        return self._agenda.proposal_counts

    def ask(self) -> Request | None:
        """The next request; first those that were asked for before and not told."""
        if self._open:
            return self._open.popleft()
        request = self._agenda.ask()
        if request is not None:
            self._journal.append("asked", request)
        return request

    def tell(self, request: Request, result: Result) -> None:
        self._agenda.tell(request, result)
        self._journal.append("told", request)


def replay(agenda: Agenda, journal: Journal, find: Find) -> list[Request]:
    """Brings an agenda to where its journal ends; gives the requests that were asked for and not answered.

    It ends early where the agenda asks for something else than it did then (another version of a
    library, an evaluation that is gone); the journal is cut there.
    """
    replayed: list[tuple[str, Request]] = []
    open_requests: list[Request] = []
    for event, request in journal.read():
        if event == "asked":
            next_request = agenda.ask()
            if next_request is not None:
                open_requests.append(next_request)
                replayed.append(("asked", next_request))
            if next_request != request:
                break
        elif request in open_requests and (result := find(request)) is not None:
            open_requests.remove(request)
            agenda.tell(request, result)
            replayed.append((event, request))
    journal.rewrite(replayed)
    return open_requests


def _line(event: str, request: Request) -> str:
    return json.dumps([event, request.key, request.seed, request.epochs]) + "\n"
