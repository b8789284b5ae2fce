"""Fresh weights."""

from math import sqrt

from torch import nn

from moat_lab.ops.modules.attention import MultiHeadAttention

TABLE_STD = 0.02


def init_weights(module: nn.Module) -> None:
    """Weights that keep a signal's variance, zero biases; norms keep torch's ones and zeros.

    Truncated normal with deviation 1 / sqrt(fan in): narrow networks trained for a few hundred steps do
    not recover from a fixed deviation of 0.02, which lets their signal vanish between norms.

    Source: LeCun et al. 1998, "Efficient BackProp", section 4.6.
    """
    if isinstance(module, nn.Conv2d | nn.Linear):
        nn.init.trunc_normal_(module.weight, std=1 / sqrt(module.weight[0].numel()))
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, MultiHeadAttention) and module.relative_position is not None:
        nn.init.trunc_normal_(module.relative_position, std=TABLE_STD)
