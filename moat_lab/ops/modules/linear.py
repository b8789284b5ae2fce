"""A linear layer over the channels of a map."""

import torch
import torch.nn.functional as F
from torch import nn


class ChannelLinear(nn.Linear):
    """(N, C, H, W) -> (N, C', H, W); a view and no copy when channels are last."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.linear(x.permute(0, 2, 3, 1), self.weight, self.bias).permute(0, 3, 1, 2)
