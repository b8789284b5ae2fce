"""How exactly torch computes: the same numbers at every run, and float32 that is float32."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, TypeVar

T = TypeVar("T")
_REFUSAL = re.compile(r"(\S+) does not have a deterministic implementation")


@contextmanager
def deterministic(device: str = "cpu", *, strict: bool = False) -> Iterator[None]:
    """Deterministic algorithms, exact float32; torch's generators and settings are restored.

    Only this device's generator is kept: to ask for all would put a context of CUDA on every GPU. Fresh
    memory is not filled, which torch would do so that what is read before it is written is the same too:
    here nothing is, and a step of tiny_moat_0 took 1,774 fills in place of 59.

    Args:
        strict: an operation that has no deterministic algorithm raises RuntimeError; without it torch warns
            and takes another. Attention's backward pass on a GPU is deterministic with it alone.
    """
    import torch

    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS adds in a fixed order with it alone
    before = torch.are_deterministic_algorithms_enabled()
    warned = torch.is_deterministic_algorithms_warn_only_enabled()
    memory: Any = torch.utils.deterministic  # mypy does not know what it has
    filled = memory.fill_uninitialized_memory
    devices = [device] if device.startswith("cuda") else []
    with torch.random.fork_rng(devices=devices), exact_float32():
        torch.use_deterministic_algorithms(True, warn_only=not strict)
        memory.fill_uninitialized_memory = False
        try:
            yield
        finally:
            torch.use_deterministic_algorithms(before, warn_only=warned)
            memory.fill_uninitialized_memory = filled


def strict_if_possible(work: Callable[[bool], T]) -> tuple[T, str | None]:
    """What `work(strict)` gives, strict where that works; else the operation that refused, by torch's name.

    The refusal comes in the first step of a training, so that little is done twice.
    """
    try:
        return work(True), None
    except RuntimeError as error:
        refusal = _REFUSAL.search(str(error))
        if refusal is None:
            raise
    return work(False), refusal[1]


@contextmanager
def exact_float32() -> Iterator[None]:
    """Products and convolutions in float32 keep its 23 bits: no TF32, which has ten, on any GPU.

    Torch has had two names for this since 2.9, and refuses to read one that disagrees with the other: both
    are set. Where the user has set the newer, the older cannot be read and stays.
    """
    import torch

    cudnn: Any = torch.backends.cudnn
    matmul: Any = torch.backends.cuda.matmul
    newer = (cudnn.conv, cudnn.rnn, matmul) if hasattr(cudnn, "conv") else ()
    switches = [(switch, "fp32_precision", "ieee") for switch in newer]
    with ExitStack() as stack:
        for switch, name, value in [(cudnn, "allow_tf32", False), (matmul, "allow_tf32", False), *switches]:
            with suppress(RuntimeError):
                stack.callback(setattr, switch, name, getattr(switch, name))
                setattr(switch, name, value)
        yield
