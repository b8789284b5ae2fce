"""A paused training, whole in one file, from which it goes on to the last bit the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import torch
from annotated_types import Ge, MinLen
from pydantic import TypeAdapter, ValidationError

from moat_lab.grammar import Network
from moat_lab.records import Epoch
from moat_lab.train.recipe import Recipe
from moat_lab.train.sealed import read_sealed, write_sealed
from moat_lab.train.state import Plain, State

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
class Content:
    """What is in the file beside its tensors."""

    identity: dict[str, Any]
    epoch: int
    curve: Annotated[tuple[Epoch, ...], MinLen(1)]
    train_s: Annotated[float, Ge(0)]
    images: Annotated[int, Ge(0)]
    plain: Plain


_CONTENT = TypeAdapter(Content)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointFile:
    """Where one training's checkpoint is kept, and what makes it this training's."""

    path: Path
    identity: Mapping[str, Any]

    def read(self) -> Checkpoint | None:
        """None where there is none, a damaged one, or that of another training or version of torch."""
        found = read_sealed(self.path)
        if found is None or found[0].get("identity") != self.identity:
            return None
        try:
            content = _CONTENT.validate_python(found[0])
        except ValidationError:
            return None
        return Checkpoint(
            curve=content.curve,
            train_s=content.train_s,
            images=content.images,
            state=State(tensors=found[1], plain=content.plain),
        )

    def write(self, checkpoint: Checkpoint) -> None:
        """Whole or not at all. A checkpoint of the same training that has come further stays."""
        known = self.read()
        if known and known.epoch > checkpoint.epoch:
            return
        content = {
            "identity": self.identity,
            "epoch": checkpoint.epoch,
            "curve": [asdict(point) for point in checkpoint.curve],
            "train_s": checkpoint.train_s,
            "images": checkpoint.images,
            "plain": checkpoint.state.plain,
        }
        write_sealed(self.path, content, checkpoint.state.tensors)


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
