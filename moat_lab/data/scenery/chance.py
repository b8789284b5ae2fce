"""Whole numbers for several images at once; those of an image depend on its name alone."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import shake_256

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
WORDS = 160
"""Numbers that an image may take."""


class Chance:
    """The numbers of N images, from SHAKE-256 of their names; a call takes the next ones of every image."""

    def __init__(self, names: Sequence[str]) -> None:
        stream = b"".join(shake_256(name.encode()).digest(4 * WORDS) for name in names)
        self._words = np.frombuffer(stream, "<u4").astype(np.int64).reshape(len(names), WORDS)
        self._taken = 0

    def below(self, bound: int | Integers, *shape: int) -> Integers:
        """(N, *shape) numbers from 0 to below the bound, which is one for all or broadcasts to them."""
        words = self._words[:, self._taken : self._taken + int(np.prod(shape, dtype=int))]
        self._taken += words.shape[1]
        # 32 bits of chance: a number is off its share by less than bound / 2^32.
        drawn: Integers = words.reshape(-1, *shape) * bound >> 32
        return drawn

    def between(self, low: int | Integers, high: int | Integers, *shape: int) -> Integers:
        """(N, *shape) numbers from `low` to `high`, both included."""
        return low + self.below(high - low + 1, *shape)

    def chosen(self, count: int, of: int) -> Integers:
        """(N, count) different numbers from 0 to below `of`, in random order."""
        # The smallest of `of` random numbers, ties to the lower.
        return np.argsort(self.below(1 << 30, of), axis=1, kind="stable")[:, :count]
