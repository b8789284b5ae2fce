"""How far a long piece of work has come: a bar for who sits before it, else a line now and then."""

from __future__ import annotations

import sys
import time
from multiprocessing import parent_process
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_LINES_S = 10.0
"""Between two lines."""


class ProgressLine:
    """Shown on stderr while it is open. A process of a study writes lines: the study has the bars."""

    def __init__(self, what: str, total: int) -> None:
        self.what, self.total, self._last = what, total, time.monotonic()
        self._bar: tuple[Progress, TaskID] | None = None

    def __enter__(self) -> ProgressLine:
        if sys.stderr.isatty() and parent_process() is None:
            from rich.console import Console
            from rich.progress import Progress

            progress = Progress(console=Console(stderr=True), transient=True)
            progress.start()
            self._bar = progress, progress.add_task(self.what, total=self.total)
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar:
            self._bar[0].stop()

    def update(self, done: int) -> None:
        """Says how many are done."""
        if self._bar:
            self._bar[0].update(self._bar[1], completed=done)
        elif time.monotonic() - self._last > _LINES_S:
            self._last = time.monotonic()
            print(f"{self.what}: {done:,} of {self.total:,}", file=sys.stderr)
