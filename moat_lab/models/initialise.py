"""Fresh weights."""

from torch import nn

from moat_lab.ops.modules.attention import MultiHeadAttention

STD = 0.02
"""Of weights before training; the norms after each convolution take its scale out again."""


def initialise(module: nn.Module) -> None:
    """Normal weights, zero biases; norms keep torch's ones and zeros."""
    if isinstance(module, nn.Conv2d | nn.Linear):
        nn.init.trunc_normal_(module.weight, std=STD)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, MultiHeadAttention) and module.relative_position is not None:
        nn.init.trunc_normal_(module.relative_position, std=STD)
