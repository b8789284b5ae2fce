"""The memory of a training: kept between steps, given back after it, and the batch with which it suffices."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Callable

import torch

from moat_lab.device import out_of_memory as out_of_memory
from moat_lab.grammar import Network
from moat_lab.train.images import load_images
from moat_lab.train.recipe import Recipe
from moat_lab.train.trainer import Trainer, fresh_model

_STEPS = 2
"""The first makes the optimiser's moments, beside which the second has to fit."""


def peak_bytes(device: str) -> int | None:
    """Most memory that tensors took on a GPU since `start_peak`; None on a CPU, where nobody counts it."""
    return torch.cuda.max_memory_allocated(device) if device.startswith("cuda") else None


def start_peak(device: str) -> None:
    """From here on `peak_bytes` counts."""
    if device.startswith("cuda"):
        torch.cuda.reset_peak_memory_stats(device)


def release_memory() -> None:
    """Memory of tensors that nothing refers to any more, back to the device for the next training."""
    if "torch._inductor.cudagraph_trees" in sys.modules:  # CUDA graphs keep their memory
        torch.compiler.reset()
    gc.collect()
    trim_memory()
    if torch.cuda.is_initialized():
        torch.cuda.empty_cache()


def batch_advice(network: Network, recipe: Recipe, seed: int, device: str) -> str:
    """The largest batch that fits where the recipe's did not, tried out."""
    largest = largest_batch(lambda batch: fits(network, recipe, seed, device, batch), recipe.batch)
    if largest is None:
        return f"out of memory with batch {recipe.batch}, and with every half of it down to 2"
    return (
        f"out of memory with batch {recipe.batch}; of its halves, `batch: {largest}` is the first that fits"
    )


def largest_batch(fits: Callable[[int], bool], most: int) -> int | None:
    """The first half, quarter, eighth ... of `most` that fits and is 2 or more; None where none does.

    2, because the batch norms of a map of one pixel have nothing to normalise in one image. Halves and no
    bisection, because the last megabyte is gone when other work comes to the device.
    """
    batch = _half(most)
    while batch >= 2:
        if fits(batch):
            return batch
        batch = _half(batch)
    return None


def _half(batch: int) -> int:
    """An even one, which mixup takes too."""
    return batch // 4 * 2


def fits(network: Network, recipe: Recipe, seed: int, device: str, batch: int) -> bool:
    """Whether the first steps of a training with this batch, and a validation, have enough memory.

    It runs without `compile`, which takes less memory, but minutes to begin.
    """
    smaller = recipe.model_copy(update={"batch": batch, "compile": "none"})
    try:
        _begin(network, smaller, seed, device)
    except (MemoryError, RuntimeError):  # oneDNN without memory "could not create a primitive", and no more
        return False
    finally:
        release_memory()
    return True


def _begin(network: Network, recipe: Recipe, seed: int, device: str) -> None:
    train, val = load_images(recipe, device, seed=seed)
    trainer = Trainer(fresh_model(network, recipe, seed, device), recipe)
    trainer.model.train()
    batches = train.batches(recipe.batch, recipe.augmentation, torch.Generator().manual_seed(seed))
    images, labels = next(batches)
    for _ in range(_STEPS):
        trainer.step(images, labels)
    trainer.model.eval()
    with torch.no_grad(), trainer.autocast:
        trainer.model(next(iter(val.in_order()))[0])
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)


_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
_KEPT_BYTES = 1 << 30


def keep_freed_memory() -> bool:
    """Raises malloc's mmap and trim thresholds; says whether this C library has them.

    Without it the page faults of fresh activations eat up to half of a training step on a CPU.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):
        return False
    return bool(mallopt(_MMAP_THRESHOLD, _KEPT_BYTES)) and bool(mallopt(_TRIM_THRESHOLD, _KEPT_BYTES))


def trim_memory() -> bool:
    """What `keep_freed_memory` kept, to the system; says whether this C library could."""
    try:
        return bool(ctypes.CDLL(None).malloc_trim(0))
    except (AttributeError, OSError, TypeError):
        return False
