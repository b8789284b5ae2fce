"""The cost of a head that a library has written: counted by torch on tensors without memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from moat_lab.heads.count_cache import cached_count
from moat_lab.ops import Count, Head, Shape

if TYPE_CHECKING:
    from torch import Tensor, nn


@cached_count
def counted(head: Head, maps: tuple[tuple[int, Shape], ...], classes: int, image: Shape) -> Count:
    """Parameters, MACs and activations of the head on the maps of one image.

    Source of the MACs: torch's FlopCounterMode, which counts two operations for each.
    """
    return count_on_maps(
        head, maps, classes, lambda module, inputs: forward_counts(module, inputs, without_memory(image))
    )


def count_on_maps(
    head: Head,
    maps: Iterable[tuple[int, Shape]],
    classes: int,
    forward: Callable[[nn.Module, list[Tensor]], tuple[int, int]],
) -> Count:
    """As `counted`, with the MACs and activations that `forward` gives of the head and its maps."""
    import torch

    shapes = dict(maps)
    with torch.device("meta"):
        module = head.build({stride: shape.channels for stride, shape in shapes.items()}, classes).eval()
        macs, activations = forward(module, [without_memory(shape) for shape in shapes.values()])
    parameters = sum(weight.numel() for weight in module.parameters() if weight.requires_grad)
    return Count(parameters, macs, activations)


def without_memory(shape: Shape) -> Tensor:
    """A batch of one of this shape, (1, C, H, W), on the device whose tensors have no values."""
    import torch

    return torch.empty(1, shape.channels, shape.height, shape.width, device="meta")


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
