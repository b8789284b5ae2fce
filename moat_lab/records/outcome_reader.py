"""Reads the outcomes of a results folder again and again, each file once."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from threading import Lock

from moat_lab.records.files import Damaged
from moat_lab.records.outcome import Outcome, OutcomeEntry, Outcomes, collected
from moat_lab.records.outcome_table import load_table, store_table
from moat_lab.records.results_folder import ResultsFolder

MANY = 500
"""From so many evaluations on a table of them is kept on disk."""
_MANY_TO_LOOK_AT = 5000
"""From so many on, no file is looked at again while the folder is as it was; writers rename, which shows."""
_WORTH_WRITING = 0.05
"""The table is written anew once this share of the files is not in it."""
_SETTLED_NS = 2_000_000_000
"""What was changed this recently may change again without another time: it is read again."""
Stamp = tuple[int, int]


class OutcomeReader:
    """The outcomes of one results folder; equal to what `ResultsFolder.read` says of it, always.

    Any number of threads may read. A folder that cannot be written to is read without a table.
    """

    def __init__(
        self, results: ResultsFolder, *, many: int = MANY, unwatched: int = _MANY_TO_LOOK_AT
    ) -> None:
        self.results, self.many, self.unwatched = results, many, unwatched
        self._store, self._measurements = results.evaluations, results.measurements
        self._lock = Lock()
        self._entries: dict[str, OutcomeEntry] | None = None
        self._on_disk: dict[str, OutcomeEntry] = {}
        self._seen: tuple[Stamp, Stamp] | None = None
        self._outcomes = Outcomes(evaluations=(), damaged=())

    def read(self) -> Outcomes:
        """What is there now; the same object as before where nothing has changed."""
        with self._lock:
            seen = (_stamp(self._store.folder), _stamp(self._measurements.folder))
            if not self._may_skip(seen):
                self._look()
            self._seen = seen
            return self._outcomes

    def _may_skip(self, seen: tuple[Stamp, Stamp]) -> bool:
        many = self._entries is not None and len(self._entries) >= self.unwatched
        return many and seen == self._seen and all(_is_settled(stamp[1], time.time_ns()) for stamp in seen)

    def _look(self) -> None:
        now, stamps = time.time_ns(), _stamps(self._store.folder)
        if self._entries is None:
            self._on_disk = load_table(self.results.outcomes_file) if len(stamps) >= self.many else {}
        known = self._on_disk if self._entries is None else self._entries
        entries = {name: _kept(known, name, stamp, now) or self._read(name, stamp) for name, stamp in stamps}
        gauged, proposed = self._measurements.read(), self.results.read_proposed()
        outcomes = collected(self._store.folder, entries, gauged, proposed)
        self._outcomes = self._outcomes if outcomes == self._outcomes else outcomes
        self._entries = entries
        self._keep(entries, now)

    def _keep(self, entries: Mapping[str, OutcomeEntry], now: int) -> None:
        """The table on disk, where it lacks enough of what has settled."""
        if len(entries) < self.many:
            return
        settled = {name: entry for name, entry in entries.items() if _is_settled(entry.mtime_ns, now)}
        new = sum(self._on_disk.get(name) != entry for name, entry in settled.items())
        if new > _WORTH_WRITING * len(entries) and store_table(self.results.outcomes_file, settled):
            self._on_disk = settled

    def _read(self, name: str, stamp: Stamp) -> OutcomeEntry:
        found = self._store.read_file(self._store.folder / name)
        return OutcomeEntry(*stamp, found.reason if isinstance(found, Damaged) else Outcome.of(found))


def _stamps(folder: Path) -> list[tuple[str, Stamp]]:
    """Name, size and time of each record."""
    try:
        with os.scandir(folder) as entries:
            found = [entry for entry in entries if entry.name.endswith(".json")]
            return [(entry.name, _stamp(entry)) for entry in found]
    except FileNotFoundError:
        return []


def _stamp(of: Path | os.DirEntry[str]) -> Stamp:
    try:
        status = of.stat()
    except OSError:
        return (-1, -1)
    return status.st_size, status.st_mtime_ns


def _kept(known: Mapping[str, OutcomeEntry], name: str, stamp: Stamp, now: int) -> OutcomeEntry | None:
    entry = known.get(name)
    return entry if entry and (entry.size, entry.mtime_ns) == stamp and _is_settled(stamp[1], now) else None


def _is_settled(mtime_ns: int, now: int) -> bool:
    return mtime_ns < now - _SETTLED_NS
