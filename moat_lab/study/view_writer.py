"""Networks go to Optuna's storage in a thread of their own: no study waits for a database."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from threading import Event, Thread
from typing import Self

from moat_lab.errors import UserError
from moat_lab.records import Variant
from moat_lab.report.units import count
from moat_lab.study.optuna_view import OptunaView
from moat_lab.study.storage import without_password

RETRY_S = 5.0
"""Between two attempts to reach a storage that does not answer."""
PATIENCE_S = 20.0
"""For a storage that takes nothing while a study waits to end."""


class ViewWriter:
    """Adds networks to a view, one after the other.

    Where the storage fails, it says so once, and adds what is missing as soon as the storage answers again.
    """

    def __init__(self, view: OptunaView, notify: Callable[[str], None]) -> None:
        """`notify` prints a line."""
        self._view, self._notify = view, notify
        self._shown = without_password(view.storage)
        self._queue: SimpleQueue[tuple[Variant, str] | None] = SimpleQueue()
        self._given, self._added = 0, 0
        self._ending, self._left = Event(), Event()
        self._thread = Thread(target=self._write, name="optuna view", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        """Waits until the storage has everything, as long as it takes something."""
        self._queue.put(None)
        self._ending.set()
        size = -1
        while self._thread.is_alive() and size != self._view.size:
            size = self._view.size
            self._thread.join(PATIENCE_S)
        self._left.set()
        if missing := self._given - self._added:
            self._notify(
                f"Optuna's storage {self._shown} lacks {count(missing, 'network')}; "
                "the same command adds what is missing"
            )

    def add(self, variant: Variant, name: str) -> None:
        """As `OptunaView.add`, some time later."""
        self._given += 1
        self._queue.put((variant, name))

    def _write(self) -> None:
        for network in iter(self._queue.get, None):
            try:
                self._view.add(*network)
            except UserError as error:
                if not self._mended(error):
                    return
            self._added += 1
            if self._left.is_set():
                return
        self._view.close()

    def _mended(self, error: UserError) -> bool:
        """Waits until the view could be mended; not for longer than the study takes."""
        what = str(error).splitlines()[0]
        self._notify(f"{what}\n  The study goes on, and adds what is missing when the storage answers.")
        is_last = False
        while not is_last:
            is_last = self._ending.wait(RETRY_S)
            with suppress(UserError):
                self._view.mend()
                self._notify(f"Optuna's storage {self._shown} answers again, and gets what it lacks.")
                return True
        return False
