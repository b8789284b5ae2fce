"""A program of torch.export: runs in PyTorch without this package; any batch, sides fixed or in steps."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from moat_lab.export.target import Target

if TYPE_CHECKING:
    from moat_lab.export.subject import Subject

METADATA = "moat_lab.json"
"""The name of the extra file in it."""


def write_torch_export(of: Subject, path: Path) -> float:
    """A `.pt2` file; what the network is stands in its extra file `moat_lab.json`."""
    import torch

    from moat_lab.export.tracing import largest_difference, program

    # By its open file, for torch minds a path that does not end in .pt2.
    with path.open("wb") as file:
        torch.export.save(program(of), file, extra_files={METADATA: json.dumps(of.metadata())})
    with path.open("rb") as file:
        return largest_difference(of, torch.export.load(file).module())


TARGET = Target(
    about="torch.export.load reads it, without moat_lab; any batch, one height and width, or --dynamic",
    suffix=".pt2",
    write=write_torch_export,
    foldable=True,
)
