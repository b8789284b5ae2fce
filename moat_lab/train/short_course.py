"""The training itself: a plain loop around a step that has nothing to wait for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import torch
from torch import nn

from moat_lab.device import check_device
from moat_lab.grammar import Network
from moat_lab.numerics import deterministic, strict_if_possible
from moat_lab.records import Epoch
from moat_lab.train.allocator import keep_freed_memory
from moat_lab.train.epochs import Epoch as TrainEpoch
from moat_lab.train.epochs import epochs, replays
from moat_lab.train.images import kept, load_images
from moat_lab.train.look import Seen, Validation
from moat_lab.train.memory import peak_bytes, start_peak
from moat_lab.train.pause_checkpoint import Checkpoint, CheckpointFile, checkpoint_file
from moat_lab.train.recipe import Recipe, looks
from moat_lab.train.seeds import derived
from moat_lab.train.state import put_back, state_of
from moat_lab.train.trainer import Trainer, fresh_model


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
    cuda_graph: bool | None = None
    """Whether steps were replayed from a CUDA graph; None on a CPU."""
    nondeterministic: str | None = None
    """An operation that has no deterministic algorithm on the device, by torch's name."""

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

    def trained(strict: bool) -> nn.Module:
        with deterministic(device, strict=strict):
            train_images, val_images = load_images(recipe, device)
            training.kept = kept(recipe, train_images)
            trainer, order = resumed(training, file, last, fresh) or fresh()
            train_epoch = epochs(trainer, train_images, [order])
            training.cuda_graph = replays(train_epoch, device)
            validation = Validation(trainer.evaluated, val_images, trainer.autocast)
            for epoch in range(training.epochs + 1, last + 1):
                losses = timed_epoch(training, trainer, train_epoch)
                check_finite(losses, first_step=trainer.steps - len(losses) + 1)
                if epoch in looks(recipe):
                    training.curve.append(curve_point(trainer, epoch, losses, validation()[0]))
                    if on_epoch:
                        on_epoch(training.curve[-1])
            if file and last < recipe.epochs:
                file.write(checkpoint_of(training, trainer, order))
        return trainer.evaluated

    with peak_recorded(training, device):
        model, training.nondeterministic = strict_if_possible(trained)
    return model


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
    except (LookupError, RuntimeError, TypeError, ValueError):
        return None  # the code of the network's layers has changed since
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


def timed_epoch(training: Training, trainer: Trainer, train_epoch: TrainEpoch) -> torch.Tensor:
    """One epoch; its seconds and images are added to `training`."""
    start = time.perf_counter()
    losses = train_epoch()
    if losses.is_cuda:
        torch.cuda.synchronize(losses.device)
    training.train_s += time.perf_counter() - start
    training.images += len(losses) * trainer.recipe.batch
    return losses


def curve_point(trainer: Trainer, epoch: int, losses: torch.Tensor, seen: Seen) -> Epoch:
    """A point of the learning curve, after an epoch with these losses (steps,)."""
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
