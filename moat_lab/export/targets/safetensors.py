"""Weights alone, in a file that says what they are of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from moat_lab.export.target import Target

if TYPE_CHECKING:
    from moat_lab.export.subject import Subject


def write_safetensors(of: Subject, path: Path) -> float:
    """What `moat_lab.models.weights` reads, and timm's `checkpoint_path`."""
    from moat_lab.export.tracing import largest_difference
    from moat_lab.models.weights import read_weights, write_weights

    write_weights(path, of.model.state_dict(), of.model.network, of.about, of.inputs)
    return largest_difference(of, read_weights(path).model())


TARGET = Target(
    about="weights and what they are of; for moat_lab and timm's checkpoint_path",
    suffix=".safetensors",
    write=write_safetensors,
)
