"""A paused training, whole in one safetensors file, from which it goes on to the last bit the same.

The header's metadata holds `text`, the JSON of all that is no tensor, and `sha256` over it and the tensors.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from moat_lab.grammar import Network
from moat_lab.proxy.recipe import Recipe
from moat_lab.proxy.state import State
from moat_lab.records import Epoch
from moat_lab.whole import write_whole

FORMAT = 1
"""Another number makes all older files those of another training."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A training after an epoch at which val was looked at: what it has given so far, and its state."""

    curve: tuple[Epoch, ...]
    train_s: float
    images: int
    state: State

    @property
    def epoch(self) -> int:
        return self.curve[-1].epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointFile:
    """Where one training's checkpoint is kept, and what makes it this training's."""

    path: Path
    identity: Mapping[str, Any]

    def read(self) -> Checkpoint | None:
        """None where there is none, a damaged one, or that of another training or version of torch."""
        try:
            with safe_open(self.path, framework="pt") as file:
                metadata = file.metadata() or {}
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        except (OSError, SafetensorError):
            return None
        text = metadata.get("text", "")
        if metadata.get("sha256") != _digest(text, tensors):
            return None
        content = json.loads(text)
        return _checkpoint(content, tensors) if content["identity"] == self.identity else None

    def write(self, checkpoint: Checkpoint) -> None:
        """Whole or not at all. A checkpoint of the same training that has come further stays."""
        known = self.read()
        if known and known.epoch > checkpoint.epoch:
            return
        tensors = {name: _contiguous(tensor) for name, tensor in checkpoint.state.tensors.items()}
        text = json.dumps(
            {
                "identity": self.identity,
                "epoch": checkpoint.epoch,
                "curve": [asdict(point) for point in checkpoint.curve],
                "train_s": checkpoint.train_s,
                "images": checkpoint.images,
                "plain": checkpoint.state.plain,
                "strides": _strides(checkpoint.state.tensors, tensors),
            }
        )
        write_whole(self.path, save(tensors, {"text": text, "sha256": _digest(text, tensors)}))


def checkpoint_file(folder: Path, network: Network, recipe: Recipe, seed: int, device: str) -> CheckpointFile:
    """The file of this training in the folder, whether it exists or not."""
    return CheckpointFile(
        path=folder / f"{network.key}-{recipe.key}-{seed}.safetensors",
        identity={
            "format": FORMAT,
            "network": str(network),
            "recipe": recipe.content(),
            "seed": seed,
            "device": torch.device(device).type,
            "versions": {name: version(name) for name in ("torch", "timm")},
        },
    )


def _checkpoint(content: Mapping[str, Any], tensors: Mapping[str, torch.Tensor]) -> Checkpoint:
    strides = content["strides"]
    laid_out = {name: _laid_out(tensor, strides.get(name)) for name, tensor in tensors.items()}
    return Checkpoint(
        curve=tuple(Epoch(**point) for point in content["curve"]),
        train_s=content["train_s"],
        images=content["images"],
        state=State(tensors=laid_out, plain=content["plain"]),
    )


def _contiguous(tensor: torch.Tensor) -> torch.Tensor:
    """A copy as safetensors takes it: no other layout, and no memory shared."""
    return tensor.detach().to("cpu", copy=True, memory_format=torch.contiguous_format)


def _strides(
    tensors: Mapping[str, torch.Tensor], written: Mapping[str, torch.Tensor]
) -> dict[str, tuple[int, ...]]:
    """Of tensors that safetensors would give back in another layout, such as channels last.

    Sums are rounded in the order in which memory is walked: equal bits need the equal layout.
    """
    strides = {name: tensor.stride() for name, tensor in tensors.items()}
    return {name: kept for name, kept in strides.items() if kept != written[name].stride()}


def _laid_out(tensor: torch.Tensor, stride: list[int] | None) -> torch.Tensor:
    """In memory of its own, for a file's tensors are not aligned as torch's are."""
    return torch.empty_strided(tensor.shape, stride or tensor.stride(), dtype=tensor.dtype).copy_(tensor)


def _digest(text: str, tensors: Mapping[str, torch.Tensor]) -> str:
    """SHA-256 of everything: safetensors itself sees only that a file is too short or too long."""
    total = sha256(text.encode())
    for name, tensor in sorted(tensors.items()):
        total.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        total.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return total.hexdigest()
