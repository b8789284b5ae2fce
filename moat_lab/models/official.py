"""What the official implementation calls our parameters, and how it lays them out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from torch import nn

from moat_lab.ops.modules.attention import MultiHeadAttention
from moat_lab.ops.modules.uniform_attention import WindowAverage

Layout = Callable[[np.ndarray], np.ndarray]

_FIXED = {"stem.": "stem/", "head.norm": "final_layer_norm", "head.classifier": "logits_head"}
_IN_BLOCK = re.compile(r"stages\.(\d+)\.block_(\d+)\.(?:mbconv\.branch|mbconv\.shortcut|attn\.branch)\.(.+)")
_SQUEEZE_EXCITE = {"se.fc1": "se/reduce_conv2d", "se.fc2": "se/expand_conv2d"}


@dataclass(frozen=True, slots=True)
class OfficialTensor:
    """A tensor of ours, and the official variables that hold it.

    Attributes:
        name: in our state dict.
        variables: official names without root, such as `block_02_00/attention/q/bias`; several are
            concatenated along our first dimension. Empty where no official network has such a part.
        shape: of each variable.
        layout: a variable's array -> ours.
    """

    name: str
    variables: tuple[str, ...]
    shape: tuple[int, ...] = ()
    layout: Layout = np.asarray


def official_tensors(model: nn.Module) -> Iterator[OfficialTensor]:
    """Every tensor of the model's state dict but the counters of batches."""
    for name, module in model.named_modules():
        if isinstance(module, MultiHeadAttention):
            yield from _attention(name, module)
        elif isinstance(module, WindowAverage):
            yield from (OfficialTensor(f"{name}.{of}", ()) for of in module.state_dict())
        elif isinstance(module, nn.Conv2d):
            yield from _convolution(name, module)
        elif isinstance(module, nn.Linear):
            yield from _linear(name, module)
        elif isinstance(module, nn.BatchNorm2d | nn.LayerNorm):
            yield from _norm(name, module)


def official_path(name: str) -> str | None:
    """`stages.2.block_0.mbconv.branch.se.fc1` -> `block_02_00/se/reduce_conv2d`; None if there is none."""
    for ours, theirs in _FIXED.items():
        if name.startswith(ours):
            return theirs + name.removeprefix(ours)
    match = _IN_BLOCK.fullmatch(name)
    if match is None:
        return None
    return f"block_{int(match[1]):02d}_{int(match[2]):02d}/{_SQUEEZE_EXCITE.get(match[3], match[3])}"


def _attention(name: str, module: MultiHeadAttention) -> Iterator[OfficialTensor]:
    width, heads, head = module.out.in_features, module.heads, module.head
    qkv, out = f"{name}.qkv", f"{name}.out"
    yield _entry(f"{qkv}.weight", name, "q/weight k/weight v/weight", (width, heads, head), _transposed)
    yield _entry(f"{qkv}.bias", name, "q/bias k/bias v/bias", (heads, head), np.ravel)
    yield _entry(f"{out}.weight", name, "o/weight", (heads, head, width), _transposed_out)
    yield _entry(f"{out}.bias", name, "o/bias", (width,))
    if module.relative_position is not None:
        table = "relative_position"
        yield _entry(
            f"{name}.{table}", name, f"{table}_embedding", _shape(module.relative_position), np.asarray
        )


def _convolution(name: str, module: nn.Conv2d) -> Iterator[OfficialTensor]:
    out, into, height, width = module.weight.shape
    if name.endswith("depthwise_conv"):
        yield _entry(f"{name}.weight", name, "depthwise_kernel", (height, width, out, into), _from_hwc1)
    else:
        yield _entry(f"{name}.weight", name, "kernel", (height, width, into, out), _from_hwio)
    if module.bias is not None:
        yield _entry(f"{name}.bias", name, "bias", (out,))


def _linear(name: str, module: nn.Linear) -> Iterator[OfficialTensor]:
    if re.search(r"\.attention\.(qkv|value|out)$", name):
        return
    yield _entry(
        f"{name}.weight", name, "kernel", (1, 1, module.in_features, module.out_features), _from_pixel
    )
    yield _entry(f"{name}.bias", name, "bias", (module.out_features,))


def _norm(name: str, module: nn.BatchNorm2d | nn.LayerNorm) -> Iterator[OfficialTensor]:
    shape = _shape(module.weight)
    leaves = {"weight": "gamma", "bias": "beta"}
    if isinstance(module, nn.BatchNorm2d):
        leaves |= {"running_mean": "moving_mean", "running_var": "moving_variance"}
    for ours, theirs in leaves.items():
        yield _entry(f"{name}.{ours}", name, theirs, shape)


def _entry(
    ours: str, module: str, leaves: str, shape: tuple[int, ...], layout: Layout = np.asarray
) -> OfficialTensor:
    path = official_path(module)
    variables = tuple(f"{path}/{leaf}" for leaf in leaves.split()) if path else ()
    return OfficialTensor(ours, variables, shape, layout)


def _shape(tensor: nn.Parameter) -> tuple[int, ...]:
    return tuple(tensor.shape)


def _transposed(array: np.ndarray) -> np.ndarray:
    """(C, heads, head) -> (heads x head, C)."""
    return array.reshape(array.shape[0], -1).T


def _transposed_out(array: np.ndarray) -> np.ndarray:
    """(heads, head, C) -> (C, heads x head)."""
    return array.reshape(-1, array.shape[-1]).T


def _from_hwio(array: np.ndarray) -> np.ndarray:
    return array.transpose(3, 2, 0, 1)


def _from_hwc1(array: np.ndarray) -> np.ndarray:
    return array.transpose(2, 3, 0, 1)


def _from_pixel(array: np.ndarray) -> np.ndarray:
    """(1, 1, C, C') -> (C', C)."""
    return array.reshape(array.shape[2:]).T
