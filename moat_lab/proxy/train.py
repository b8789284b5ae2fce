"""The training itself: a plain loop around a step that has nothing to wait for."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from moat_lab.device import check_device
from moat_lab.grammar import Network
from moat_lab.proxy.allocator import keep_freed_memory
from moat_lab.proxy.batches import Images
from moat_lab.proxy.checkpoint import Checkpoint, CheckpointFile, checkpoint_file
from moat_lab.proxy.images import kept, load_images
from moat_lab.proxy.look import look
from moat_lab.proxy.memory import peak_bytes, start_peak
from moat_lab.proxy.recipe import Recipe, looks
from moat_lab.proxy.seeds import derived
from moat_lab.proxy.state import put_back, state_of
from moat_lab.proxy.trainer import Trainer, fresh_model
from moat_lab.records import Epoch


class NonFiniteLossError(ArithmeticError):
    """The loss became infinite or not a number."""


@dataclass(slots=True, kw_only=True)
class Training:
    """What a training has given so far; what a failed one leaves behind is kept."""

    curve: list[Epoch] = field(default_factory=list)
    train_s: float = 0.0
    images: int = 0
    peak_bytes: int | None = None
    """Most memory that tensors took, on a GPU."""
    kept: str | None = None
    """How the images are kept, where free memory decides it."""

    @property
    def epochs(self) -> int:
        """The epoch of the curve's last point; 0 where there is none."""
        return self.curve[-1].epoch if self.curve else 0


def train(
    training: Training,
    network: Network,
    recipe: Recipe,
    seed: int,
    *,
    device: str = "cpu",
    on_epoch: Callable[[Epoch], None] | None = None,
    until: int | None = None,
    checkpoints: Path | None = None,
) -> nn.Module:
    """Trains a model, filling `training`; gives the model that was evaluated last.

    It goes on from the training's own checkpoint where the folder holds one of no later epoch than
    `until`, and leaves one there where `until` is not the last epoch.

    Raises:
        NonFiniteLossError: the message names the step.
        UserError: the device or optimiser does not exist here.
    """
    check_device(device)
    keep_freed_memory()
    last = recipe.epochs if until is None else until
    file = checkpoint_file(checkpoints, network, recipe, seed, device) if checkpoints else None
    fresh = partial(begun, network, recipe, seed, device)
    with deterministic(device), peak_recorded(training, device):
        train_images, val_images = load_images(recipe, device)
        training.kept = kept(recipe, train_images)
        trainer, order = resumed(training, file, last, fresh) or fresh()
        for epoch in range(training.epochs + 1, last + 1):
            losses = timed_epoch(training, trainer, train_images, order)
            check_finite(losses, first_step=trainer.steps - len(losses) + 1)
            if epoch in looks(recipe):
                training.curve.append(curve_point(trainer.evaluated, trainer, epoch, losses, val_images))
                if on_epoch:
                    on_epoch(training.curve[-1])
        if file and last < recipe.epochs:
            file.write(checkpoint_of(training, trainer, order))
    return trainer.evaluated


def begun(network: Network, recipe: Recipe, seed: int, device: str) -> tuple[Trainer, torch.Generator]:
    """A trainer before its first step, and the generator of the images' order; seeds torch's own."""
    trainer = Trainer(fresh_model(network, recipe, seed, device), recipe)
    torch.manual_seed(derived(seed, "noise"))
    return trainer, torch.Generator().manual_seed(derived(seed, "order"))


def resumed(
    training: Training,
    file: CheckpointFile | None,
    last: int,
    fresh: Callable[[], tuple[Trainer, torch.Generator]],
) -> tuple[Trainer, torch.Generator] | None:
    """The trainer where its checkpoint left it, with `training` filled; None where there is none of use."""
    kept = file.read() if file else None
    if kept is None or kept.epoch > last:
        return None
    trainer, order = fresh()
    try:
        put_back(kept.state, trainer, order)
    except (LookupError, RuntimeError, ValueError):  # the code of the network's layers has changed since
        return None
    training.curve, training.train_s, training.images = list(kept.curve), kept.train_s, kept.images
    return trainer, order


def checkpoint_of(training: Training, trainer: Trainer, order: torch.Generator) -> Checkpoint:
    """The training as it stands."""
    return Checkpoint(
        curve=tuple(training.curve),
        train_s=training.train_s,
        images=training.images,
        state=state_of(trainer, order),
    )


def timed_epoch(training: Training, trainer: Trainer, images: Images, order: torch.Generator) -> torch.Tensor:
    """One epoch; its seconds and images are added to `training`."""
    start = time.perf_counter()
    losses = trainer.epoch(images, order)
    if losses.is_cuda:
        torch.cuda.synchronize(losses.device)
    training.train_s += time.perf_counter() - start
    training.images += len(losses) * trainer.recipe.batch
    return losses


def curve_point(model: nn.Module, trainer: Trainer, epoch: int, losses: torch.Tensor, val: Images) -> Epoch:
    """A point of the learning curve of a trainer's model, after an epoch with these losses."""
    seen = look(model, val.in_order(), trainer.autocast)
    return Epoch(
        epoch=epoch,
        train_loss=float(losses.mean()),
        val_loss=seen.loss,
        top1=seen.top1,
        learning_rate=trainer.learning_rate,
    )


def check_finite(losses: torch.Tensor, *, first_step: int) -> None:
    """Raises NonFiniteLossError at the first step whose loss is not finite."""
    bad = (~losses.isfinite()).nonzero()
    if len(bad):
        step = int(bad[0])
        raise NonFiniteLossError(f"the loss was {float(losses[step])} at step {first_step + step}")


@contextmanager
def peak_recorded(training: Training, device: str) -> Iterator[None]:
    """The most memory that was taken within, in `training`, also where it was too much."""
    start_peak(device)
    try:
        yield
    finally:
        training.peak_bytes = peak_bytes(device)


@contextmanager
def deterministic(device: str = "cpu") -> Iterator[None]:
    """Deterministic algorithms; torch's global generators and settings are given back as they were found.

    Where a GPU has none for an operation, torch warns and takes another. Only this device's generator is
    kept: to ask for all would put a context of CUDA on every GPU. Fresh memory is not filled, which torch
    would do so that what is read before it is written is the same too: here nothing is, and a step of
    tiny_moat_0 took 1,774 fills in place of 59.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS adds in a fixed order with it alone
    before = torch.are_deterministic_algorithms_enabled()
    warned = torch.is_deterministic_algorithms_warn_only_enabled()
    memory: Any = torch.utils.deterministic  # mypy does not know what it has
    filled = memory.fill_uninitialized_memory
    with torch.random.fork_rng(devices=[device] if device.startswith("cuda") else []):
        torch.use_deterministic_algorithms(True, warn_only=True)
        memory.fill_uninitialized_memory = False
        try:
            yield
        finally:
            torch.use_deterministic_algorithms(before, warn_only=warned)
            memory.fill_uninitialized_memory = filled
