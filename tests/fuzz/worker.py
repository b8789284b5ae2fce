"""A process that asks one input after another; it may die or hang at one, and goes on behind it."""

from __future__ import annotations

import gc
import multiprocessing
import os
import resource
import signal
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from multiprocessing.sharedctypes import RawArray, RawValue
from pathlib import Path
from typing import Any

from moat_lab.engines.local import PRELOADED
from tests.fuzz.law import ROUND, TARGETS, Ending, ending_of, mutant

NAMES = tuple(TARGETS)
KINDS = ("answered", "refused", "fault")
HANGS_S = 60.0
"""A process that has been at one input for longer is killed. A busy disk holds up a write for 20 s."""
MEMORY_BYTES = 12 << 30
"""Of addresses, most of which libraries take and never use."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """Numbers of inputs, the folder for faults, and the targets that take turns."""

    numbers: range
    faults: Path
    turns: tuple[str, ...] = ROUND

    def name(self, number: int) -> str:
        return self.turns[number % len(self.turns)]

    def after(self, number: int) -> Inputs:
        return replace(self, numbers=self.numbers[self.numbers.index(number) + 1 :])

    def write_fault(self, number: int, trace: str) -> None:
        """The input, and what came of it, as two files."""
        name = self.name(number)
        (self.faults / f"{name}:{number}").write_bytes(mutant(name, number))
        trace_file = self.faults / f"{name}:{number}.txt"
        trace_file.write_text(trace, encoding="utf-8", errors="backslashreplace")


@dataclass(frozen=True, slots=True)
class Tally:
    """What came of the inputs so far, in memory that outlives the process that counts."""

    at: Any = field(default_factory=lambda: RawValue("q", -1))
    counts: Any = field(default_factory=lambda: RawArray("q", len(NAMES) * len(KINDS)))
    slowest_s: Any = field(default_factory=lambda: RawArray("d", len(NAMES)))
    slowest_at: Any = field(default_factory=lambda: RawArray("q", len(NAMES)))

    def add(self, name: str, ending: Ending) -> None:
        of = NAMES.index(name)
        self.counts[of * len(KINDS) + KINDS.index(ending.kind)] += 1
        if ending.took_s > self.slowest_s[of]:
            self.slowest_s[of], self.slowest_at[of] = ending.took_s, self.at.value

    def count(self, name: str, kind: str) -> int:
        return int(self.counts[NAMES.index(name) * len(KINDS) + KINDS.index(kind)])

    def slowest(self, name: str) -> tuple[float, int]:
        """Seconds, and the input's number."""
        of = NAMES.index(name)
        return float(self.slowest_s[of]), int(self.slowest_at[of])


Walk = Callable[[Inputs, Tally], None]


def walk(inputs: Inputs, tally: Tally) -> None:
    """Asks all inputs, and writes down the faults; ends where nobody is left to tell."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends it
    warnings.simplefilter("ignore")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # where libraries written in C say what they think of a file
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    gc.freeze()  # what libraries hold is not looked through at every input
    parent = multiprocessing.parent_process()
    for number in inputs.numbers:
        if parent is not None and not parent.is_alive():
            return
        tally.at.value, name = number, inputs.name(number)
        ending = ending_of(TARGETS[name], mutant(name, number))
        tally.add(name, ending)
        if ending.kind == "fault":
            inputs.write_fault(number, ending.trace)


def _to_the_end(walk: Walk, inputs: Inputs, tally: Tally) -> None:
    walk(inputs, tally)
    tally.at.value = -1  # it may take its time to exit


@cache
def _context() -> multiprocessing.context.ForkServerContext:
    """Of processes forked from one that has loaded all targets, which takes seconds.

    A process has one such server, so it serves the workers of the local engine too.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([*PRELOADED, __name__])
    return context


@dataclass(slots=True)
class FuzzWorker:
    """The process, and the inputs that are left to it."""

    inputs: Inputs
    walk: Walk = walk
    hangs_s: float = HANGS_S
    tally: Tally = field(default_factory=Tally)
    _process: Any = None
    _since: tuple[int, float] = (-1, 0.0)

    def goes_on(self) -> bool:
        """Whether there is more to come; to be asked again and again.

        Raises:
            RuntimeError: the process ended before its first input.
        """
        if self._process is None:
            self._begin()
        elif not self._process.is_alive():
            if self._process.exitcode == 0:
                return False
            self._skip(f"the process ended with {self._process.exitcode}")
        elif self._hangs():
            self.stop()
            self._skip(f"no answer after {self.hangs_s:g} s")
        return True

    def stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()

    def _begin(self) -> None:
        arguments = (self.walk, self.inputs, self.tally)
        self._process = _context().Process(target=_to_the_end, args=arguments, daemon=True)
        self._process.start()

    def _skip(self, trace: str) -> None:
        """A fault at the input that the process was at; another process will go on behind it."""
        at = self.tally.at.value
        if at not in self.inputs.numbers:
            raise RuntimeError(f"{trace} before its first input")
        self.inputs.write_fault(at, trace)
        self.tally.add(self.inputs.name(at), Ending(kind="fault", took_s=0.0))
        self.inputs = self.inputs.after(at)
        self._process, self._since = None, (-1, 0.0)

    def _hangs(self) -> bool:
        at, now = self.tally.at.value, time.monotonic()
        if at != self._since[0]:
            self._since = (at, now)
        return at in self.inputs.numbers and now - self._since[1] > self.hangs_s
