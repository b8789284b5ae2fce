"""The mobile convolution block: expand, depthwise, (squeeze-excite,) shrink."""

from dataclasses import dataclass
from typing import ClassVar

from moat_lab.blocks.layer import Layer, Setting, hidden_problem, hidden_width, pooled_shortcut
from moat_lab.blocks.options import ODD, POSITIVE, SHARE, option
from moat_lab.ops import BatchNorm, Chain, Conv, Depthwise, Gelu, Op, Residual, SqueezeExcite


@dataclass(frozen=True, slots=True, kw_only=True)
class MBConv(Layer):
    """Pre-activation inverted residual; `expand` and `se` are ratios of the block's output width.

    The strided depthwise convolution does the downsampling. The second norm of the original is kept
    before the activation, none follows the last convolution.

    Source: Sandler et al. 2018, arXiv 1801.04381; as in MOAT, Yang et al. 2023, arXiv 2210.01820.
    """

    keyword: ClassVar[str] = "mbconv"
    strides: ClassVar[bool] = True

    expand: float = option(4, POSITIVE)
    kernel: int = option(3, ODD)
    se: float = option(0, SHARE)

    def lower(self, setting: Setting) -> Op:
        hidden = hidden_width(self.expand, setting.width)
        branch = Chain(
            pre_norm=BatchNorm(),
            expand_conv=Conv(width=hidden),
            expand_norm=BatchNorm(),
            expand_act=Gelu(),
            depthwise_conv=Depthwise(kernel=self.kernel, stride=setting.stride, dilation=setting.dilation),
            depthwise_norm=BatchNorm(),
            depthwise_act=Gelu(),
            se=SqueezeExcite(hidden=max(1, int(self.se * setting.width))) if self.se else None,
            shrink_conv=Conv(width=setting.width, bias=True),
        )
        return Residual(branch=branch, shortcut=pooled_shortcut(setting))

    def problem(self, width: int) -> str | None:
        return hidden_problem(self.keyword, self.expand, width)


LAYER = MBConv
