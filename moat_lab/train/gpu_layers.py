"""Layers in the form that a GPU computes faster, or that vmap takes there: the same weights and values."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import nn

from moat_lab.ops.modules.conv import SameConv2d


class PointwiseProduct(SameConv2d):
    """A 1x1 convolution as a matrix product.

    cuDNN's deterministic gradient of a small weight in float32 sums all pixels in a few blocks; cuBLAS
    splits the sum. In a stack vmap makes one batched product of all seeds.
    """

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return F.linear(x.permute(0, 2, 3, 1), self.weight[:, :, 0, 0], self.bias).permute(0, 3, 1, 2)


class PlainBatchNorm(nn.BatchNorm2d):
    """Batch norm by the call that vmap knows on a GPU: `F.batch_norm` asks for the layout first."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        state = (self.weight, self.bias, self.running_mean, self.running_var)
        assert self.momentum is not None
        if self.training and self.num_batches_tracked is not None:
            self.num_batches_tracked.add_(1)
        normed: torch.Tensor = torch.native_batch_norm(x, *state, self.training, self.momentum, self.eps)[0]
        return normed


class PlainMean(nn.AdaptiveAvgPool2d):
    """The mean over all pixels, without the layout that torch's own pooling gives its result."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.mean(dim=(-2, -1), keepdim=True)


def with_products(model: nn.Module) -> nn.Module:
    """The model, its 1x1 convolutions computed as products."""
    for module in model.modules():
        if type(module) is SameConv2d and (module.kernel_size, module.stride, module.groups) == POINTWISE:
            module.__class__ = PointwiseProduct
    return model


POINTWISE = ((1, 1), (1, 1), 1)
"""Kernel, stride and groups."""


def stackable(model: nn.Module) -> nn.Module:
    """The model in a form that vmap takes on a GPU."""
    for module in model.modules():
        if type(module) is nn.BatchNorm2d:
            module.__class__ = PlainBatchNorm
        elif type(module) is nn.AdaptiveAvgPool2d and module.output_size in (1, (1, 1)):
            module.__class__ = PlainMean
    return with_products(model)
