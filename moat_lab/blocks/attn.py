"""Self-attention: global, in windows, shifted or not, or over a grid; learned, or a uniform average."""

from dataclasses import dataclass, fields
from typing import ClassVar

from moat_lab.blocks.layer import Layer, Setting
from moat_lab.blocks.options import Value, one_of, option, sides, value_text, whole_number
from moat_lab.ops import Attention, Chain, LayerNorm, Op, Residual, UniformAttention
from moat_lab.ops.attention import Sides


@dataclass(frozen=True, slots=True, kw_only=True)
class Attn(Layer):
    """Pre-norm multi-head attention with learned relative positions.

    `window`, `shift` and `grid` are pixels of the layer's own map; `shift` moves the borders of windows.
    `pos` is the table of relative positions: `rel` is made for the layer's window (for global attention,
    its map at the design resolution), `14` for that window wherever it is used, resized; `none` is no table.

    `weights=uniform` freezes attention to the mean over the window: what is left are values and the layer
    out. There are no heads and no positions then, so `head` and `pos` go back to their defaults: one
    architecture has one text.

    Source: windows and their shift, Liu et al. 2021, arXiv 2103.14030; grid, Tu et al. 2022, arXiv
    2204.01697; relative positions, Dai et al. 2021, arXiv 2106.04803; pooling in place of attention, Yu et
    al. 2022, arXiv 2111.11418.
    """

    keyword: ClassVar[str] = "attn"

    window: Value = option("global", sides("global"))
    shift: Value = option("none", sides("none"))
    grid: Value = option("none", sides("none"))
    head: int = option(32, whole_number())
    pos: Value = option("rel", sides("rel", "none"))
    weights: str = option("learned", one_of("learned", "uniform"))

    def __post_init__(self) -> None:
        Layer.__post_init__(self)  # a dataclass with slots is another class than the one super() knows
        if self.weights == "uniform":
            for field in fields(self):
                if field.name in ("head", "pos"):
                    object.__setattr__(self, field.name, field.default)

    def lower(self, setting: Setting) -> Op:
        return Residual(branch=Chain(attention_norm=LayerNorm(), attention=self._attention(setting.map)))

    def _attention(self, design_map: Sides) -> Op:
        dilated = isinstance(self.grid, tuple)
        window, shift = _sides(self.grid if dilated else self.window), _sides(self.shift)
        if self.weights == "uniform":
            return UniformAttention(window=window, dilated=dilated, shift=shift)
        table = self.table(design_map)
        return Attention(head=self.head, window=window, dilated=dilated, shift=shift, table=table)

    def table(self, design_map: Sides) -> Sides | None:
        """(height, width) of the window that the relative positions are made for."""
        if self.pos == "none" or self.weights == "uniform":
            return None
        for choice in (self.pos, self.grid, self.window):
            if isinstance(choice, tuple):
                return choice
        return design_map

    def problem(self, width: int) -> str | None:
        if self.grid != "none" and self.window != "global":
            return "attention takes a window or a grid, not both"
        if (shift := _sides(self.shift)) and not _moves(shift, _sides(self.window)):
            return (
                "attention takes a shift with a window that is larger; "
                f"got shift {value_text(self.shift)}, window {value_text(self.window)}"
            )
        if self.weights == "uniform" or width % self.head == 0:
            return None
        below = width // self.head * self.head
        near = [str(w) for w in (below, below + self.head) if w]
        return (
            f"attention needs a width divisible by head; got width {width}, head {self.head}. "
            f"Nearest: {', '.join(near)}"
        )


def _sides(value: Value) -> Sides | None:
    return value if isinstance(value, tuple) else None


def _moves(shift: Sides, window: Sides | None) -> bool:
    return window is not None and shift[0] < window[0] and shift[1] < window[1]


LAYER = Attn
