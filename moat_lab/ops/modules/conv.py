"""Convolution and average pooling with TensorFlow's SAME padding."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.fx import wrap

from moat_lab.ops.modules.tracing import number

# Tracing by torch.fx takes each as one step: which padding there is depends on the sides.
wrap("same_conv2d")
wrap("same_avg_pool2d")


def same_padding(side: int, kernel: int, stride: int) -> tuple[int, int]:
    """Zeros before and after one side, so that the output's side is `ceil(side / stride)`.

    The odd one goes after: at stride 2 and an even side a 3x3 kernel is padded (0, 1).
    """
    side = number(side)
    total = max((-(-side // stride) - 1) * stride + kernel - side, 0)
    return total // 2, total - total // 2


def same_conv2d(
    x: torch.Tensor,
    weight: torch.Tensor,
    bias: torch.Tensor | None,
    stride: int,
    dilation: int,
    groups: int,
) -> torch.Tensor:
    """(N, C, H, W) -> (N, C', ceil(H / stride), ceil(W / stride)).

    Pads by a copy only where the padding is not symmetric, which no native convolution offers.
    """
    kernel = (weight.shape[-1] - 1) * dilation + 1
    top, bottom = same_padding(x.shape[-2], kernel, stride)
    left, right = same_padding(x.shape[-1], kernel, stride)
    padding = (top, left)
    if top != bottom or left != right:
        x, padding = F.pad(x, (left, right, top, bottom)), (0, 0)
    return F.conv2d(x, weight, bias, stride, padding, dilation, groups)


class SameConv2d(nn.Conv2d):
    """A convolution of square kernels, stride and dilation, padded as TensorFlow's SAME."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return same_conv2d(x, self.weight, self.bias, self.stride[0], self.dilation[0], self.groups)


def same_avg_pool2d(x: torch.Tensor, kernel: int, stride: int) -> torch.Tensor:
    """(N, C, H, W) -> (N, C, ceil(H / stride), ceil(W / stride)); padded cells are not averaged."""
    top = same_padding(x.shape[-2], kernel, stride)[0]
    left = same_padding(x.shape[-1], kernel, stride)[0]
    # ceil_mode lets the last window hang over the edge: the padding "after" of SAME.
    return F.avg_pool2d(x, kernel, stride, (top, left), ceil_mode=True, count_include_pad=False)


class SameAvgPool2d(nn.Module):
    """Average pooling of square windows, padded as TensorFlow's SAME."""

    def __init__(self, kernel: int, stride: int) -> None:
        super().__init__()
        self.kernel, self.stride = kernel, stride

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return same_avg_pool2d(x, self.kernel, self.stride)

    def extra_repr(self) -> str:
        return f"kernel={self.kernel}, stride={self.stride}"
