"""Batch normalisation over the batch that several processes share."""

from __future__ import annotations

from typing import Any

import torch
import torch.distributed as dist
from torch import nn


class GlobalBatchNorm(nn.BatchNorm2d):
    """(N, C, H, W) -> the same, normalised with mean and variance over the images of all processes.

    What one process with the whole batch computes, running statistics too. Every process needs equally
    many images. For CPUs, where torch's SyncBatchNorm does not run.
    """

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not self.training:
            return super().forward(x)
        values = x.float()
        count = x.numel() // x.shape[1] * dist.get_world_size()
        mean = summed(values.sum(dim=(0, 2, 3))) / count
        # Around the mean: the difference of two large sums would lose the digits of a small variance.
        centred = values - mean[:, None, None]
        variance = summed(centred.square().sum(dim=(0, 2, 3))) / count
        self._follow(mean.detach(), variance.detach() * count / max(1, count - 1))
        scale = self.weight * torch.rsqrt(variance + self.eps)
        return (centred * scale[:, None, None] + self.bias[:, None, None]).to(x.dtype)

    @torch.no_grad()
    def _follow(self, mean: torch.Tensor, unbiased: torch.Tensor) -> None:
        assert self.momentum is not None
        assert self.running_mean is not None
        assert self.running_var is not None
        assert self.num_batches_tracked is not None
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(unbiased, self.momentum)
        self.num_batches_tracked += 1


def synchronised(model: nn.Module) -> nn.Module:
    """The model, its batch norms replaced by those of the whole batch; weights and names stay."""
    if next(model.parameters()).is_cuda:
        return nn.SyncBatchNorm.convert_sync_batchnorm(model)  # type: ignore[no-any-return]
    for module in list(model.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.BatchNorm2d):
                setattr(module, name, _global(child))
    return model


def _global(norm: nn.BatchNorm2d) -> GlobalBatchNorm:
    other = GlobalBatchNorm(norm.num_features, eps=norm.eps, momentum=norm.momentum)
    other.weight, other.bias = norm.weight, norm.bias
    other.running_mean, other.running_var = norm.running_mean, norm.running_var
    other.num_batches_tracked = norm.num_batches_tracked
    return other.train(norm.training)


def summed(values: torch.Tensor) -> torch.Tensor:
    """The sum over all processes; its gradient is the sum of theirs."""
    total: torch.Tensor = _Sum.apply(values)
    return total


class _Sum(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, values: torch.Tensor) -> torch.Tensor:
        total = values.clone(memory_format=torch.contiguous_format)
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        return summed(gradient)
