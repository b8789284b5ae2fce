"""Average pooling with TensorFlow's SAME padding."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.fx import wrap

from moat_lab.ops.modules.conv import same_padding

wrap("same_avg_pool2d")


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
