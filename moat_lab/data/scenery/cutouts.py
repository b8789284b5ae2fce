"""Cut-outs: small images with alpha, of several kinds, in whatever size they are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

CACHE_BYTES = 256 << 20
OPAQUE = 255


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CutOut:
    """One in one size, as it is laid over levels: 16 bits hold every sum, for no colour exceeds its alpha.

    Args:
        clear: (S, S) how much of the ground is seen, in 256ths.
        light: (C, S, S) what is added to it, in 256ths of a level, with a half to round by.
    """

    clear: NDArray[np.uint16]
    light: NDArray[np.uint16]

    @property
    def bytes(self) -> int:
        return self.clear.nbytes + self.light.nbytes

    @property
    def mask(self) -> NDArray[np.bool_]:
        """(S, S) where more of it is seen than of the ground."""
        return self.clear <= 128

    def faded(self, opacity: int) -> CutOut:
        """Less opaque: an opacity from 1 to 254."""
        alpha = (256 - self.clear) * opacity + 255 >> 8
        light = (self.light >> 8) * opacity + 128
        return CutOut(clear=(256 - alpha).astype(np.uint16), light=light.astype(np.uint16))


@dataclass(frozen=True, kw_only=True, eq=False)
class CutOuts:
    """All that may be placed.

    Args:
        squares: of each (S, S, 4), of any S, as `trimmed` gives it.
        kinds: of each; ascending, from 0 on without a gap.
        names: of the kinds.
        channels: of the images: 3, or 1 for cut-outs that are grey.
    """

    squares: Sequence[NDArray[np.uint8]]
    kinds: NDArray[np.int64]
    names: tuple[str, ...]
    channels: int = 3
    _sized: LRUCache[tuple[int, int], CutOut] = field(
        default_factory=lambda: LRUCache(CACHE_BYTES, lambda cut: cut.bytes)
    )

    @cached_property
    def first(self) -> NDArray[np.int64]:
        """(kinds + 1,) where each kind begins, and the end of the last."""
        return np.searchsorted(self.kinds, np.arange(len(self.names) + 1))

    def sized(self, number: int, side: int) -> CutOut:
        """One of them, `side` pixels along its longer side; kept for the next time."""
        cut = self._sized.get((number, side))
        if cut is None:
            cut = self._sized[number, side] = resized(self.squares[number], side, self.channels)
        return cut


def resized(square: NDArray[np.uint8], side: int, channels: int) -> CutOut:
    """(S, S, 4) in another size, in fixed point: the same bytes on every machine."""
    from PIL import Image

    # CMYK is four channels of which Pillow takes none for alpha. A filter without negative weights lets no
    # colour become brighter than its alpha allows.
    image = Image.frombytes("CMYK", square.shape[:2], square.tobytes())
    small = np.asarray(image.resize((side, side), Image.Resampling.BILINEAR)).astype(np.uint16)
    colours, alpha = np.moveaxis(small[..., :channels], -1, 0), small[..., 3]
    return CutOut(clear=256 - alpha - (alpha >> 7), light=np.ascontiguousarray(colours) * 256 + 128)


def trimmed(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W, 4) -> (S, S, 4): the least square around all that is seen, colours times alpha / 255."""
    rows, columns = (np.flatnonzero(pixels[..., 3].max(axis=axis)) for axis in (1, 0))
    seen = pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.uint16)
    seen[..., :3] = seen[..., :3] * seen[..., 3:] // 255
    height, width, _ = seen.shape
    side = max(height, width)
    top, left = (side - height) // 2, (side - width) // 2
    square = np.zeros((side, side, 4), dtype=np.uint8)
    square[top : top + height, left : left + width] = seen
    return square
