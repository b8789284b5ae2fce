"""The Transformer's two-layer perceptron."""

from dataclasses import dataclass
from typing import ClassVar

from moat_lab.blocks.layer import Layer, Setting, hidden_problem, hidden_width
from moat_lab.blocks.options import ODD, POSITIVE, option
from moat_lab.ops import Chain, Depthwise, Gelu, LayerNorm, Linear, Op, Residual


@dataclass(frozen=True, slots=True, kw_only=True)
class MLP(Layer):
    """Pre-norm, GELU between its two linear layers; `expand` is a ratio of the block's width.

    A `kernel` above 1 puts a depthwise convolution before the GELU: the step from an MLP towards MBConv.

    Source: Vaswani et al. 2017, arXiv 1706.03762; GELU as in Dosovitskiy et al. 2021, arXiv 2010.11929;
    the depthwise convolution's place, Wang et al. 2022, arXiv 2106.13797.
    """

    keyword: ClassVar[str] = "mlp"

    expand: float = option(4, POSITIVE)
    kernel: int = option(1, ODD)

    def lower(self, setting: Setting) -> Op:
        branch = Chain(
            mlp_norm=LayerNorm(),
            expand=Linear(width=hidden_width(self.expand, setting.width)),
            depthwise_conv=(
                Depthwise(kernel=self.kernel, dilation=setting.dilation) if self.kernel > 1 else None
            ),
            act=Gelu(),
            shrink=Linear(width=setting.width),
        )
        return Residual(branch=branch)

    def problem(self, width: int) -> str | None:
        return hidden_problem(self.keyword, self.expand, width)


LAYER = MLP
