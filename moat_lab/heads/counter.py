"""The cost of a head that a library has written: counted by torch on tensors without memory."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from moat_lab.ops import Count, Head, Shape

if TYPE_CHECKING:
    from torch import nn


@lru_cache(maxsize=1 << 12)
def counted(head: Head, maps: tuple[tuple[int, Shape], ...], classes: int, image: Shape) -> Count:
    """Parameters, MACs and activations of the head on the maps of one image.

    Source of the MACs: torch's FlopCounterMode, which counts two operations for each.
    """
    import torch

    with torch.device("meta"):
        module = head.build({stride: shape.channels for stride, shape in maps}, classes).eval()
        inputs = [torch.empty(1, each.channels, each.height, each.width) for _, each in maps]
        macs, activations = forward_counts(
            module, inputs, torch.empty(1, image.channels, image.height, image.width)
        )
    parameters = sum(weight.numel() for weight in module.parameters() if weight.requires_grad)
    return Count(parameters, macs, activations)


def forward_counts(module: nn.Module, *inputs: Any) -> tuple[int, int]:
    """MACs, and output elements of convolutions and linear layers, of a forward pass on any device."""
    import torch
    from torch.nn import Conv2d, ConvTranspose2d, Linear
    from torch.utils.flop_counter import FlopCounterMode

    sizes: list[int] = []
    note: Callable[..., None] = lambda _module, _inputs, output: sizes.append(output.numel())  # noqa: E731
    layers = [each for each in module.modules() if isinstance(each, Conv2d | ConvTranspose2d | Linear)]
    hooks = [layer.register_forward_hook(note) for layer in layers]
    try:
        with torch.no_grad(), FlopCounterMode(display=False) as counter:
            module(*inputs)
    finally:
        for hook in hooks:
            hook.remove()
    return counter.get_total_flops() // 2, sum(sizes)
