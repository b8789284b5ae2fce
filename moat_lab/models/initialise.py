"""Fresh weights."""

from math import sqrt

import torch
from torch import nn

from moat_lab.ops.modules.attention import MultiHeadAttention
from moat_lab.ops.modules.uniform_attention import ValueProjection

TABLE_STD = 0.02


def init_weights(module: nn.Module) -> None:
    """Weights that keep a signal's variance, zero biases; norms keep torch's ones and zeros.

    Truncated normal with deviation 1 / sqrt(fan in): narrow networks trained for a few hundred steps do
    not recover from a fixed deviation of 0.02, which lets their signal vanish between norms. The last layers
    of a detector say otherwise: `start_gain` multiplies the deviation, `start_bias` is the bias.

    Source: LeCun et al. 1998, "Efficient BackProp", section 4.6.
    """
    if isinstance(module, ValueProjection):
        _draw_values(module)
    elif isinstance(module, nn.Conv2d | nn.Linear):
        gain = getattr(module, "start_gain", 1.0)
        nn.init.trunc_normal_(module.weight, std=gain / sqrt(module.weight[0].numel()))
        if module.bias is not None:
            nn.init.constant_(module.bias, getattr(module, "start_bias", 0.0))
    elif isinstance(module, nn.ConvTranspose2d):
        # As wide as its kernel, each output comes from one place of the input.
        nn.init.trunc_normal_(module.weight, std=1 / sqrt(module.in_channels))
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, MultiHeadAttention) and module.relative_position is not None:
        nn.init.trunc_normal_(module.relative_position, std=TABLE_STD)


def stream_name(name: str, module: nn.Module) -> str:
    """The name of the random stream that a module's weights come from: its own, or that of a learned twin."""
    return f"{name.removesuffix('value')}qkv" if isinstance(module, ValueProjection) else name


def _draw_values(module: ValueProjection) -> None:
    """The rows that values have among those of queries, keys and values, drawn together."""
    width = module.in_features
    together = torch.empty_like(module.weight.repeat(3, 1))
    nn.init.trunc_normal_(together, std=1 / sqrt(width))
    with torch.no_grad():
        module.weight.copy_(together[-width:])
    nn.init.zeros_(module.bias)
