"""How much flows through the weights, whatever the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moat_lab.train.scores._copy import copied

if TYPE_CHECKING:
    import torch
    from torch import nn

    from moat_lab.tasks import Task


def synflow(model: nn.Module, images: torch.Tensor, labels: torch.Tensor, task: Task) -> float:
    """Natural logarithm of the sum of |weight * dR/dweight| over all weights.

    R is the sum of the scores of an image of ones in a network whose weights are all made positive and
    whose norms do nothing. It grows exponentially with depth, hence float64, and the logarithm, which keeps
    the order of networks; in the largest (moat_4) even float64 overflows, and the score is NaN. Of `images`
    only the shape of one counts, of `labels` and `task` nothing.

    Source: Tanaka et al. 2020, arXiv 2006.05467, equation 2; as a score of networks without norms
    Abdelfattah et al. 2021, arXiv 2101.08134, section 3.2. Both have ReLU; GELU, SiLU and the softmax of
    attention stay as they are here.
    """
    import torch

    model = _positive(copied(model).eval().double())
    ones = torch.ones(1, *images.shape[1:], dtype=torch.float64, device=images.device)
    weights = list(model.parameters())
    gradients = torch.autograd.grad(model(ones).sum(), weights, allow_unused=True)
    flows = [(w.detach() * g).abs().sum() for w, g in zip(weights, gradients, strict=True) if g is not None]
    return float(torch.stack(flows).sum().log())


def _positive(model: nn.Module) -> nn.Module:
    """Every weight made absolute, every norm made the identity."""
    import torch
    from torch import nn

    with torch.no_grad():
        for weight in model.parameters():
            weight.abs_()
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d | nn.LayerNorm):
            module.register_forward_hook(lambda norm, inputs, output: inputs[0])
    return model


SCORE = synflow
