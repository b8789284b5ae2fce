"""Multi-head self-attention over the whole map, over windows, or over a dilated grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from moat_lab.ops.op import Count, Op, Shape

if TYPE_CHECKING:
    from torch import nn

Sides = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attention(Op):
    """Queries, keys and values from one linear layer, softmax attention per head, one linear layer out.

    `window` (height, width) in pixels, or None for the whole map; it never exceeds the map. A map
    that is not a multiple of the window is padded, and the padding masked. With `dilated` the pixels
    of a window are spread evenly over the map (the grid of Tu et al. 2022, arXiv 2204.01697). With `shift`
    (rows, columns) the borders of windows stand so many pixels further, and windows end at the map's own
    borders (Liu et al. 2021, arXiv 2103.14030). That costs what unmoved windows cost: the parts at opposite
    borders share one window, and do not see each other. Along a side that one window covers nothing moves.
    `table` is the (height, width) that the learned relative positions are made for, or None for none;
    it is resized where the window in use is another.
    """

    head: int
    window: Sides | None = None
    dilated: bool = False
    shift: Sides | None = None
    table: Sides | None = None

    def count(self, shape: Shape) -> Count:
        width, pixels = shape.channels, shape.pixels
        tokens, windows = self._tokens_and_windows(shape)
        weights = 4 * width * width
        positions = self._positions(width)
        products = windows * tokens * tokens * width
        scores = windows * tokens * tokens * (width // self.head)
        return Count(
            weights + 4 * width + positions,
            weights * pixels + 2 * products,
            4 * width * pixels + scores + windows * tokens * width,
        )

    def build(self, shape: Shape) -> nn.Module:
        from moat_lab.ops.modules.attention import MultiHeadAttention

        return MultiHeadAttention(
            shape.channels,
            head=self.head,
            window=self.window,
            dilated=self.dilated,
            shift=self.shift,
            table=self.table,
        )

    def _tokens_and_windows(self, shape: Shape) -> Sides:
        height, width = self.window or (shape.height, shape.width)
        height, width = min(height, shape.height), min(width, shape.width)
        return height * width, -(-shape.height // height) * -(-shape.width // width)

    def _positions(self, width: int) -> int:
        if self.table is None:
            return 0
        height, across = self.table
        return (width // self.head) * (2 * height - 1) * (2 * across - 1)
