"""A small network with every kind of part, and images for it."""

import torch

from moat_lab import build
from moat_lab.models import Model

SMALL = (
    "stem(8, 8) | 1x mbconv(se=0.25) @8 | 2x mbconv+attn(head=8) @16 "
    "| 1x attn(window=2, head=8)+mlp @24(down=patch) for 32px"
)


def small(seed: int = 0, **options) -> Model:
    """A model whose every parameter matters: biases and norms are not left at zeros and ones."""
    torch.manual_seed(seed)
    model = build(SMALL, **{"num_classes": 7, **options})
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return model.eval()


def images(batch: int = 2, side: int = 32, channels: int = 3) -> torch.Tensor:
    return torch.randn(batch, channels, side, side, generator=torch.manual_seed(1))
