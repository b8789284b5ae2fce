"""Blocks whose activations are computed again in the backward pass instead of kept."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint


def checkpointed(blocks: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """The output of the blocks, each of which keeps no more than its input.

    Gradients and buffers are those of a plain forward: the second one, of the backward pass, changes copies
    of the buffers, or batch norms would take each batch into their averages twice.
    """
    for block in blocks.children():
        # A compiler takes no contexts; what it makes changes buffers in the first forward alone.
        compiled = torch.compiler.is_compiling()
        contexts: dict[str, Any] = {} if compiled else {"context_fn": partial(_contexts, block)}
        x = checkpoint(block, x, use_reentrant=False, **contexts)
    return x


def _contexts(block: nn.Module) -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
    return nullcontext(), _on_copies(block)


@contextmanager
def _on_copies(block: nn.Module) -> Iterator[None]:
    owners = [(module, dict(module.named_buffers(recurse=False))) for module in block.modules()]
    for module, buffers in owners:
        module._buffers.update({name: buffer.clone() for name, buffer in buffers.items()})
    try:
        yield
    finally:
        for module, buffers in owners:
            module._buffers.update(buffers)
