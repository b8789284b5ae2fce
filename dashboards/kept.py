"""What was read or worked out of a folder, kept for the next run of a page while it is still true."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Kept(Generic[K, V]):
    """The last few values by key; shared by all sessions of the server."""

    def __init__(self, most: int) -> None:
        self.most, self._lock = most, Lock()
        self._values: OrderedDict[K, V] = OrderedDict()

    def get(self, key: K, make: Callable[[], V], *, holds: Callable[[V], bool] = lambda value: True) -> V:
        """The value of the key; made anew where there is none, or the one that there is no longer holds."""
        with self._lock:
            known = self._values.get(key)
        if known is None or not holds(known):
            known = make()
        with self._lock:
            self._values[key] = known
            self._values.move_to_end(key)
            while len(self._values) > self.most:
                self._values.popitem(last=False)
        return known
