"""How well a fresh network tells the images of a batch apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from moat_lab.train.scores._copy import copied

if TYPE_CHECKING:
    import torch
    from torch import nn

    from moat_lab.tasks import Task

RIDGE = 1e-6
"""Added to the kernel's diagonal, as a share of it: equal codes make the determinant 0 otherwise."""


def jacob_cov(model: nn.Module, images: torch.Tensor, labels: torch.Tensor, task: Task) -> float:
    """Log-determinant of the kernel of the images' activation codes; `labels` and `task` do not count.

    An image's code has one bit for each input of an activation: whether it is above 0. The kernel of two
    images is the number of bits in which they agree. The paper's networks have ReLU, which is linear on
    either side of 0; of GELU and SiLU that is nearly so, and their bits are taken in the same way. In a
    network without activations all images agree.

    Source: Mellor et al. 2021, arXiv 2006.04647, section 3 (NASWOT); it follows the correlation of
    Jacobians of its first version, from which the name comes.
    """
    import torch

    kernel = _agreements(copied(model), images)
    bits = kernel.diagonal().max().clamp_min(1)
    ridge = RIDGE * bits * torch.eye(len(images), dtype=kernel.dtype, device=kernel.device)
    return float(torch.linalg.slogdet(kernel + ridge).logabsdet)


def _agreements(model: nn.Module, images: torch.Tensor) -> torch.Tensor:
    """(N, N): in how many bits two images agree. Whole numbers, exact."""
    import torch
    from torch import nn

    kernel = torch.zeros(len(images), len(images), dtype=torch.float64, device=images.device)

    def count(activation: nn.Module, inputs: tuple[Any, ...]) -> None:
        signs = (inputs[0].flatten(1) > 0).to(images.dtype) * 2 - 1
        kernel.add_(signs @ signs.T + signs.shape[1], alpha=0.5)

    for module in model.modules():
        if isinstance(module, nn.GELU | nn.SiLU | nn.ReLU):
            module.register_forward_pre_hook(count)
    with torch.no_grad():
        model(images)
    return kernel


SCORE = jacob_cov
