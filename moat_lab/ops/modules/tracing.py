"""What code asks that is also written down for other runtimes, by torch.jit.trace or torch.export."""

import torch


def for_converters() -> bool:
    """Whether what runs is being written down."""
    if torch.jit.is_scripting():  # type: ignore[attr-defined]
        return True
    else:  # which torch.jit.script does not read
        return bool(torch.jit.is_tracing() or torch.compiler.is_exporting())  # type: ignore


def number(side: int) -> int:
    """The side, where torch.jit.trace hands on a tensor of it: converters need numbers."""
    return int(side) if torch.jit.is_tracing() else side  # type: ignore
