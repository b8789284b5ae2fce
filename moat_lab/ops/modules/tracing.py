"""What code asks that is also written down for other runtimes, by torch.jit.trace or torch.export."""

import torch
from torch.fx.experimental.symbolic_shapes import statically_known_true


def for_converters() -> bool:
    """Whether what runs is being written down."""
    if torch.jit.is_scripting():  # type: ignore[attr-defined]
        return True
    else:  # which torch.jit.script does not read
        return bool(torch.jit.is_tracing() or torch.compiler.is_exporting())  # type: ignore


def number(side: int) -> int:
    """The side, where torch.jit.trace hands on a tensor of it: converters need numbers."""
    return int(side) if torch.jit.is_tracing() else side  # type: ignore


def known_equal(side: int, other: int) -> bool:
    """Whether two sides are equal; not where torch.export leaves one open."""
    if torch.jit.is_scripting():  # type: ignore[attr-defined]
        return side == other
    else:
        return statically_known_true(side == other) if torch.compiler.is_exporting() else side == other
