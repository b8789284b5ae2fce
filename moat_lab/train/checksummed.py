"""Tensors and JSON in one safetensors file with a checksum: a damaged file is not read.

The header's metadata holds `text`, the JSON of all that is no tensor, and `sha256` over it and the tensors.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from pydantic import TypeAdapter, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from moat_lab.files import check_regular, write_atomically
from moat_lab.models.weights import portable

Tensors = Mapping[str, torch.Tensor]
_CONTENT = TypeAdapter(dict[str, Any])
_STRIDES = TypeAdapter(dict[str, list[int]])


def write_checksummed(path: Path, content: Mapping[str, Any], tensors: Tensors) -> None:
    """An atomic write of what `read_checksummed` gives back, the layout of tensors included.

    Args:
        content: JSON values; the key `strides` is this file's own.
    """
    written = {name: portable(tensor) for name, tensor in tensors.items()}
    text = json.dumps({**content, "strides": _strides(tensors, written)})
    write_atomically(path, save(written, {"text": text, "sha256": _digest(text, written)}))


def read_checksummed(path: Path) -> tuple[Mapping[str, Any], Tensors] | None:
    """What `write_checksummed` wrote; None where there is no file, or a damaged or another one."""
    try:
        check_regular(path)
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError):
        return None
    text = metadata.get("text", "")
    if metadata.get("sha256") != _digest(text, tensors):
        return None
    try:
        content = _CONTENT.validate_json(text)
        strides = _STRIDES.validate_python(content.pop("strides", None))
    except ValidationError:
        return None
    if not all(name in tensors and _fits(tensors[name], stride) for name, stride in strides.items()):
        return None
    return content, {name: _laid_out(tensor, strides.get(name)) for name, tensor in tensors.items()}


def _strides(tensors: Tensors, written: Tensors) -> dict[str, tuple[int, ...]]:
    """Of tensors that safetensors would give back in another layout, such as channels last.

    Sums are rounded in the order in which memory is walked: equal bits need the equal layout.
    """
    strides = {name: tensor.stride() for name, tensor in tensors.items()}
    return {name: stride for name, stride in strides.items() if stride != written[name].stride()}


def _fits(tensor: torch.Tensor, stride: list[int]) -> bool:
    """Whether a tensor of its shape and this stride takes no more memory than it holds numbers."""
    if len(stride) != tensor.ndim or min(stride, default=0) < 0:
        return False
    last = sum((side - 1) * step for side, step in zip(tensor.shape, stride, strict=True))
    return tensor.numel() == 0 or last < tensor.numel()


def _laid_out(tensor: torch.Tensor, stride: list[int] | None) -> torch.Tensor:
    """In memory of its own, for a file's tensors are not aligned as torch's are."""
    return torch.empty_strided(tensor.shape, stride or tensor.stride(), dtype=tensor.dtype).copy_(tensor)


def _digest(text: str, tensors: Tensors) -> str:
    """SHA-256 of everything: safetensors itself sees only that a file is too short or too long."""
    total = sha256(text.encode())
    for name, tensor in sorted(tensors.items()):
        total.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        total.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return total.hexdigest()
