"""The sum of a branch and its shortcut."""

import torch
from timm.layers.drop import DropPath
from torch import nn


class ResidualSum(nn.Module):
    """(N, C, H, W) -> `shortcut(x) + branch(x)`, the branch dropped per image with `drop_path.drop_prob`."""

    def __init__(self, branch: nn.Module, shortcut: nn.Module) -> None:
        super().__init__()
        self.branch, self.shortcut = branch, shortcut
        self.drop_path = DropPath(0.0)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        total: torch.Tensor = self.shortcut(x) + self.drop_path(self.branch(x))
        return total
