"""Reads the outcomes of a results folder again and again, each file once."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from threading import Lock

from moat_lab.records.files import Damaged
from moat_lab.records.outcome import Outcome, OutcomeEntry, Reading
from moat_lab.records.outcome_table import load_table, store_table
from moat_lab.records.results_folder import ResultsFolder

MANY = 500
"""From so many evaluations on there is a table of them on disk."""
_UNWATCHED = 5000
"""From so many on, files are not checked while their folder is unchanged: each atomic write changes it."""
_WORTH_WRITING = 0.05
"""The table is written anew once this share of the files is not in it."""
_OLD_NS = 2_000_000_000
"""What was changed this recently may change again without another time: it is read again."""
Stamp = tuple[int, int]


class OutcomeReader:
    """The outcomes of one results folder; equal to what `ResultsFolder.read` says of it, always.

    Any number of threads may read. A folder that cannot be written to is read without a table.
    """

    def __init__(self, results: ResultsFolder, *, many: int = MANY, unwatched: int = _UNWATCHED) -> None:
        self.results, self.many, self.unwatched = results, many, unwatched
        self._store, self._measurements = results.evaluations, results.measurements
        self._lock = Lock()
        self._entries: dict[str, OutcomeEntry] | None = None
        self._on_disk: dict[str, OutcomeEntry] = {}
        self._folder_stamps: tuple[Stamp, Stamp] | None = None
        self._outcomes: Reading[Outcome] = Reading(evaluations=(), damaged=())

    def read(self) -> Reading[Outcome]:
        """What is there now; the same object as before where nothing has changed."""
        with self._lock:
            stamps = (_stamp(self._store.folder), _stamp(self._measurements.folder))
            if not self._may_skip(stamps):
                self._update()
            self._folder_stamps = stamps
            return self._outcomes

    def _may_skip(self, stamps: tuple[Stamp, Stamp]) -> bool:
        many = self._entries is not None and len(self._entries) >= self.unwatched
        is_same = stamps == self._folder_stamps
        return many and is_same and all(_is_old(stamp[1], time.time_ns()) for stamp in stamps)

    def _update(self) -> None:
        now, stamps = time.time_ns(), _stamps(self._store.folder)
        if self._entries is None:
            self._on_disk = load_table(self.results.outcomes_file) if len(stamps) >= self.many else {}
        before = self._on_disk if self._entries is None else self._entries
        entries = {
            name: _unchanged(before, name, stamp, now) or self._read(name, stamp) for name, stamp in stamps
        }
        outcomes = self._collected(entries)
        self._outcomes = self._outcomes if outcomes == self._outcomes else outcomes
        self._entries = entries
        self._write_table(entries, now)

    def _write_table(self, entries: Mapping[str, OutcomeEntry], now: int) -> None:
        """The table on disk, where it lacks enough of the files that no longer change."""
        if len(entries) < self.many:
            return
        old = {name: entry for name, entry in entries.items() if _is_old(entry.mtime_ns, now)}
        new = sum(self._on_disk.get(name) != entry for name, entry in old.items())
        if new > _WORTH_WRITING * len(entries) and store_table(self.results.outcomes_file, old):
            self._on_disk = old

    def _read(self, name: str, stamp: Stamp) -> OutcomeEntry:
        record = self._store.read_file(self._store.folder / name)
        return OutcomeEntry(*stamp, record.reason if isinstance(record, Damaged) else Outcome.of(record))

    def _collected(self, entries: Mapping[str, OutcomeEntry]) -> Reading[Outcome]:
        """The entries by file name, and what else there is, as a page reads them."""
        by_name = [(name, entries[name].outcome) for name in sorted(entries)]
        damaged = [
            Damaged(path=self._store.folder / name, reason=one)
            for name, one in by_name
            if isinstance(one, str)
        ]
        measurements, damaged_measurements = self._measurements.read()
        return Reading(
            evaluations=tuple(one for _, one in by_name if isinstance(one, Outcome)),
            damaged=(*damaged, *damaged_measurements),
            measurements=measurements,
            proposal_counts=self.results.read_proposal_counts(),
        )


def _stamps(folder: Path) -> list[tuple[str, Stamp]]:
    """Name, size and time of each record."""
    try:
        with os.scandir(folder) as entries:
            return [(entry.name, _stamp(entry)) for entry in entries if entry.name.endswith(".json")]
    except FileNotFoundError:
        return []


def _stamp(of: Path | os.DirEntry[str]) -> Stamp:
    try:
        status = of.stat()
    except OSError:
        return (-1, -1)
    return status.st_size, status.st_mtime_ns


def _unchanged(before: Mapping[str, OutcomeEntry], name: str, stamp: Stamp, now: int) -> OutcomeEntry | None:
    entry = before.get(name)
    return entry if entry and (entry.size, entry.mtime_ns) == stamp and _is_old(stamp[1], now) else None


def _is_old(mtime_ns: int, now: int) -> bool:
    return mtime_ns < now - _OLD_NS
