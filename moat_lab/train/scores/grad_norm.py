"""How strongly the first batch pulls at the weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moat_lab.train.scores._copy import copied

if TYPE_CHECKING:
    import torch
    from torch import nn


def grad_norm(model: nn.Module, images: torch.Tensor, labels: torch.Tensor) -> float:
    """Euclidean norm of the gradient of the cross-entropy, over all weights.

    Source: Abdelfattah et al. 2021, arXiv 2101.08134, section 3.2.
    """
    import torch
    import torch.nn.functional as F

    model = copied(model)
    loss = F.cross_entropy(model(images), labels)
    gradients = torch.autograd.grad(loss, list(model.parameters()), allow_unused=True)
    return float(torch.stack([each.norm() for each in gradients if each is not None]).norm())


SCORE = grad_norm
