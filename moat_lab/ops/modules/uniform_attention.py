"""Attention whose weights are all alike, over the pixels of a map."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.fx import wrap

from moat_lab.ops.modules.tracing import number
from moat_lab.ops.modules.window_partition import Sides, joined, padded, shift_in_use, split, window_in_use

wrap("averaged_windows")


class ValueProjection(nn.Linear):
    """The part of `MultiHeadAttention.qkv` that gives values; its fresh weights are that part's."""


class WindowAverage(nn.Module):
    """(N, C, H, W) -> (N, C, H, W): every pixel gets the mean of the values of its window."""

    def __init__(self, width: int, *, window: Sides | None, dilated: bool, shift: Sides | None) -> None:
        super().__init__()
        self.window, self.dilated, self.shift = window, dilated, shift
        self.value = ValueProjection(width, width)
        self.out = nn.Linear(width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        values = self.value(x.permute(0, 2, 3, 1))
        out: torch.Tensor = self.out(averaged_windows(values, self.window, self.dilated, self.shift))
        return out.permute(0, 3, 1, 2)

    def extra_repr(self) -> str:
        return f"window={self.window}, dilated={self.dilated}, shift={self.shift}"


def averaged_windows(
    x: torch.Tensor, window: Sides | None, dilated: bool, shift: Sides | None
) -> torch.Tensor:
    """(N, H, W, C) -> the same, each pixel the mean over its window; torch.fx takes it as one step."""
    size = (number(x.shape[1]), number(x.shape[2]))
    used = window_in_use(window, size)
    moved = shift_in_use(shift, used, size)
    top, left = -moved[0] % used[0], -moved[1] % used[1]
    tokens = split(padded(F.pad(x, (0, 0, left, 0, top, 0)), used), used, dilated)
    ones = F.pad(x.new_ones([1, size[0], size[1], 1]), (0, 0, left, 0, top, 0))
    inside = split(padded(ones, used), used, dilated).mean(1, keepdim=True)
    means = tokens.mean(1, keepdim=True).unflatten(0, (-1, inside.shape[0])) / inside
    wide = means.flatten(0, 1).expand(-1, used[0] * used[1], -1)
    return joined(wide, (top + size[0], left + size[1]), used, dilated)[:, top:, left:]
