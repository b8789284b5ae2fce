"""Something small that is done again and again beside the work."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread


@contextmanager
def repeated(act: Callable[[], None], *, every_s: float) -> Iterator[None]:
    """Calls `act` after every so many seconds, in a thread of its own, while the block runs."""
    ended = Event()

    def repeat() -> None:
        while not ended.wait(every_s):
            act()

    thread = Thread(target=repeat, name=act.__name__, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
