"""One training: a network, a recipe and a seed, with the random streams that the seed stands for."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from moat_lab.grammar import Network
from moat_lab.train.recipe import Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One training of one network by one resolved recipe with one seed."""

    network: Network
    recipe: Recipe
    seed: int

    @property
    def name(self) -> str:
        """Of its files in a results folder: the keys and the seed."""
        return f"{self.network.key}-{self.recipe.key}-{self.seed}"

    def checkpoint_file(self, folder: Path) -> Path:
        """Its checkpoint in a folder, whether it exists or not."""
        return folder / f"{self.name}.safetensors"

    def identity(self, device: str) -> dict[str, Any]:
        """What a checkpoint must name to be this run's; `device` is `cpu` or `cuda`."""
        return {
            "network": str(self.network),
            "recipe": self.recipe.content(),
            "seed": self.seed,
            "device": device,
            "files": None,
        }


def versions() -> dict[str, str]:
    """Of the libraries that decide about the bits of a training."""
    return {name: version(name) for name in ("torch", "timm")}


def derived(seed: int, purpose: str) -> int:
    """A 63-bit seed for one purpose, unrelated to those for others; the same in every process."""
    return int.from_bytes(sha256(f"{seed}/{purpose}".encode()).digest()[:8], "big") >> 1
