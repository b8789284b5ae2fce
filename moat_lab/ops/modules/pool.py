"""Average pooling with TensorFlow's SAME padding."""

import torch
import torch.nn.functional as F
from torch import nn

from moat_lab.ops.modules.conv import same_padding


class SameAvgPool2d(nn.Module):
    """(N, C, H, W) -> (N, C, ceil(H / stride), ceil(W / stride)); padded cells are not averaged."""

    def __init__(self, kernel: int, stride: int) -> None:
        super().__init__()
        self.kernel, self.stride = kernel, stride

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        top, _ = same_padding(x.shape[-2], self.kernel, self.stride)
        left, _ = same_padding(x.shape[-1], self.kernel, self.stride)
        # ceil_mode lets the last window hang over the edge: the padding "after" of SAME.
        return F.avg_pool2d(x, self.kernel, self.stride, (top, left), ceil_mode=True, count_include_pad=False)

    def extra_repr(self) -> str:
        return f"kernel={self.kernel}, stride={self.stride}"
