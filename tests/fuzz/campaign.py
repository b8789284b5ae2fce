"""A run over all targets on all cores: its progress, and what it found."""

import shutil
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.law import ROUND
from tests.fuzz.worker import KINDS, NAMES, FuzzWorker, Inputs

STEP_S = 0.2
SHOWN_S = 10.0
"""Between two lines of progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """Counts by target and kind, each target's slowest input (seconds, number), and where the faults are."""

    counts: dict[str, dict[str, int]]
    slowest: dict[str, tuple[float, int]]
    took_s: float
    interrupted: bool
    faults: Path

    @property
    def inputs(self) -> int:
        return sum(sum(of.values()) for of in self.counts.values())

    @property
    def failed(self) -> int:
        return sum(of["fault"] for of in self.counts.values())

    def text(self) -> str:
        """A table, and each kind of fault once, with how to see it again."""
        head = f"{'':8}{'inputs':>10}" + "".join(f"{kind:>10}" for kind in KINDS) + f"{'slowest':>10}"
        ended = "interrupted: " if self.interrupted else ""
        last = f"{ended}{self.inputs:,} inputs in {self.took_s:,.0f} s, {self.failed:,} faults"
        return "\n".join([head, *map(self._row, self.counts), last, *self._kinds()])

    def _row(self, name: str) -> str:
        of, (took_s, number) = self.counts[name], self.slowest[name]
        counts = "".join(f"{count:10,}" for count in (sum(of.values()), *of.values()))
        return f"{name:8}{counts}{took_s:8.2f} s  {name}:{number}"

    def _kinds(self) -> list[str]:
        traces = {path: path.read_text(encoding="utf-8") for path in sorted(self.faults.glob("*.txt"))}
        kinds = {path: _kind(trace) for path, trace in traces.items()}
        first = {kind: path for path, kind in reversed(kinds.items())}
        return [
            f"\n{count} x {kind}\n  {traces[first[kind]].strip().splitlines()[-1][:200]}"
            f"\n  python -m tests.fuzz --replay {first[kind].stem}"
            for kind, count in Counter(kinds.values()).most_common()
        ]


def run(inputs: int, faults: Path, *, cores: int, turns: tuple[str, ...] = ROUND) -> Findings:
    """Asks that many inputs, and writes the faults into a new folder; Ctrl-C ends it with what it has."""
    shutil.rmtree(faults, ignore_errors=True)
    faults.mkdir(parents=True)
    workers = [FuzzWorker(Inputs(range(core, inputs, cores), faults, turns)) for core in range(cores)]
    start = time.monotonic()
    interrupted = False
    try:
        _wait(workers, inputs, start)
    except KeyboardInterrupt:
        interrupted = True
    finally:
        for worker in workers:
            worker.stop()
    return Findings(
        counts={name: {kind: _count(workers, name, kind) for kind in KINDS} for name in NAMES},
        slowest={name: max(worker.tally.slowest(name) for worker in workers) for name in NAMES},
        took_s=time.monotonic() - start,
        interrupted=interrupted,
        faults=faults,
    )


def _wait(workers: Sequence[FuzzWorker], inputs: int, start: float) -> None:
    shown = start
    while sum(worker.goes_on() for worker in workers):  # each is asked, not only up to the first
        time.sleep(STEP_S)
        if time.monotonic() - shown > SHOWN_S:
            shown = time.monotonic()
            print(_progress(workers, inputs, shown - start), file=sys.stderr, flush=True)


def _progress(workers: Sequence[FuzzWorker], inputs: int, took_s: float) -> str:
    done = sum(sum(worker.tally.counts) for worker in workers)
    failed = sum(_count(workers, name, "fault") for name in NAMES)
    left_s = (inputs - done) * took_s / max(done, 1)
    pace = f"{done / took_s:,.0f} a second, {left_s / 60:,.0f} min left"
    return f"{done:,} of {inputs:,}, {failed:,} faults, {pace}"


def _count(workers: Sequence[FuzzWorker], name: str, kind: str) -> int:
    return sum(worker.tally.count(name, kind) for worker in workers)


def _kind(trace: str) -> str:
    """The exception's type and the last place of ours; the last line where there was no exception."""
    lines = trace.strip().splitlines()
    places = [line.strip().partition("moat_lab/")[2] for line in lines if "/moat_lab/" in line]
    return f"{lines[-1].partition(':')[0]} in {places[-1]}" if places else lines[-1]
