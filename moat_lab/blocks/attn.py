"""Self-attention, global, in windows, or over a dilated grid."""

from dataclasses import dataclass
from typing import ClassVar

from moat_lab.blocks.layer import Layer, Setting
from moat_lab.blocks.options import Value, option, sides, whole_number
from moat_lab.ops import Attention, Chain, LayerNorm, Op, Residual
from moat_lab.ops.attention import Sides


@dataclass(frozen=True, slots=True, kw_only=True)
class Attn(Layer):
    """Pre-norm multi-head attention with learned relative positions.

    `window` and `grid` are pixels of the layer's own map. `pos` is the table of relative positions:
    `rel` is made for the layer's window (for global attention, its map at the design resolution),
    `14` for that window wherever it is used, resized; `none` is no table.

    Source: windows, Liu et al. 2021, arXiv 2103.14030; grid, Tu et al. 2022, arXiv 2204.01697;
    relative positions, Dai et al. 2021, arXiv 2106.04803.
    """

    keyword: ClassVar[str] = "attn"

    window: Value = option("global", sides("global"))
    grid: Value = option("none", sides("none"))
    head: int = option(32, whole_number())
    pos: Value = option("rel", sides("rel", "none"))

    def lower(self, setting: Setting) -> Op:
        window = self.grid if isinstance(self.grid, tuple) else self.window
        attention = Attention(
            head=self.head,
            window=window if isinstance(window, tuple) else None,
            dilated=isinstance(self.grid, tuple),
            table=self.table(setting.map),
        )
        return Residual(branch=Chain(attention_norm=LayerNorm(), attention=attention))

    def table(self, design_map: Sides) -> Sides | None:
        """(height, width) of the window that the relative positions are made for."""
        if self.pos == "none":
            return None
        for choice in (self.pos, self.grid, self.window):
            if isinstance(choice, tuple):
                return choice
        return design_map

    def problem(self, width: int) -> str | None:
        if self.grid != "none" and self.window != "global":
            return "attention takes a window or a grid, not both"
        if width % self.head == 0:
            return None
        below = width // self.head * self.head
        near = [str(w) for w in (below, below + self.head) if w]
        return (
            f"attention needs a width divisible by head; got width {width}, head {self.head}. "
            f"Nearest: {', '.join(near)}"
        )


LAYER = Attn
