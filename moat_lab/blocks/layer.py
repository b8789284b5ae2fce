"""What every layer keyword provides."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from moat_lab.blocks.options import canonicalise, value_text
from moat_lab.ops import AveragePool, Chain, Conv

if TYPE_CHECKING:
    from moat_lab.ops import Op
    from moat_lab.ops.attention import Sides


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """Where a layer stands: the widths around it, its stride, and the map it is designed for."""

    in_width: int
    width: int
    stride: int = 1
    dilation: int = 1
    """Of depthwise convolutions: above 1 where strides before were removed."""
    pool: int = 2
    """Kernel of the average pooling in a strided shortcut."""
    map: Sides = (1, 1)
    """(height, width) of the layer's output at the design resolution, pixels."""


class Layer(ABC):
    """One residual layer of a block; its dataclass fields are its options.

    Raises:
        UserError: a value is not of its option's kind.
    """

    __slots__ = ()
    keyword: ClassVar[str]
    strides: ClassVar[bool] = False
    """Whether the layer can change resolution and width itself, as MBConv does: `down=block`."""

    def __post_init__(self) -> None:
        canonicalise(self)

    @abstractmethod
    def lower(self, setting: Setting) -> Op:
        """The ops this layer is made of."""

    def problem(self, width: int) -> str | None:
        """What keeps this layer from running at this width: what is needed, what was got, what is near."""
        return None


def pooled_shortcut(setting: Setting) -> Chain:
    """A strided layer's shortcut: average pooling and a 1x1 convolution, each where a shape changes."""
    strided, widened = setting.stride > 1, setting.in_width != setting.width
    return Chain(
        shortcut_pool=AveragePool(kernel=setting.pool, stride=setting.stride) if strided else None,
        shortcut_conv=Conv(width=setting.width, bias=True) if widened else None,
    )


def hidden_width(expand: float, width: int) -> int:
    """`expand` x `width`, exact in decimals; check with `hidden_problem` first."""
    return int(Decimal(repr(expand)) * width)


def hidden_problem(keyword: str, expand: float, width: int) -> str | None:
    """Why a hidden layer of `expand` x `width` channels cannot be, if it cannot."""
    if Decimal(repr(expand)) * width == hidden_width(expand, width):
        return None
    return (
        f"{keyword} needs expand x width to be a whole number; got expand {value_text(expand)}, width {width}"
    )
