"""How strongly the first batch pulls at the weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moat_lab.train.scores._copy import copied

if TYPE_CHECKING:
    import torch
    from torch import nn

    from moat_lab.tasks import Task


def grad_norm(model: nn.Module, images: torch.Tensor, labels: torch.Tensor, task: Task) -> float:
    """Euclidean norm of the gradient of the loss, over all weights.

    Source: Abdelfattah et al. 2021, arXiv 2101.08134, section 3.2.
    """
    import torch

    model = copied(model)
    loss = task.loss(model(images), labels)
    gradients = torch.autograd.grad(loss, list(model.parameters()), allow_unused=True)
    return float(torch.stack([each.norm() for each in gradients if each is not None]).norm())


SCORE = grad_norm
