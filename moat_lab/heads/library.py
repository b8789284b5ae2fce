"""What heads with a decoder of the segmentation library have in common: its import, and their maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from types import ModuleType

from moat_lab.errors import UserError

LIBRARY = "segmentation_models_pytorch"


def decoders(name: str) -> ModuleType:
    """The library's module of decoders `name`; raises UserError where it is not installed."""
    try:
        return import_module(f"{LIBRARY}.decoders.{name}.decoder")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != LIBRARY:
            raise
        raise UserError(
            f"head: {LIBRARY} is needed; it is not installed\n  pip install 'moat-lab[downstream]'"
        ) from None


def places(kind: str, channels: Mapping[int, int], strides: Sequence[int]) -> list[int]:
    """Positions of the maps at these strides; raises UserError where the backbone lacks one."""
    there = list(channels)
    if missing := [stride for stride in strides if stride not in there]:
        raise UserError(
            f"head {kind}: maps at strides {_listed(strides)} are needed; the network has none at "
            f"{_listed(missing)}, but at {_listed(there)}\n"
            "  take a network that halves the image at each of its stages, or another head"
        )
    return [there.index(stride) for stride in strides]


def _listed(strides: Sequence[int]) -> str:
    return ", ".join(map(str, strides))
