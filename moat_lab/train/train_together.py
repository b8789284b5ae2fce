"""The training of several seeds of one network at once, each as if it were alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch

from moat_lab.device import check_device
from moat_lab.grammar import Network
from moat_lab.numerics import deterministic, strict_if_possible
from moat_lab.records import Epoch
from moat_lab.train.allocator import keep_freed_memory
from moat_lab.train.epochs import Epoch as TrainEpoch
from moat_lab.train.epochs import epochs, replays
from moat_lab.train.failure import told
from moat_lab.train.images import kept, load_images
from moat_lab.train.look import Seen, Validation
from moat_lab.train.memory import peak_bytes, start_peak
from moat_lab.train.recipe import Recipe, looks
from moat_lab.train.seeds import derived
from moat_lab.train.short_course import NonFiniteLossError, Training, check_finite, curve_point
from moat_lab.train.stacked import ELEMENTWISE, Stack, stacked_clip, stacked_loss
from moat_lab.train.trainer import Trainer, fresh_model


@dataclass(slots=True, kw_only=True)
class Member:
    """One of the seeds that are trained together."""

    seed: int
    order: torch.Generator
    training: Training = field(default_factory=Training)
    error: str | None = None


def obstacle(recipe: Recipe) -> str | None:
    """Why seeds trained together by this recipe would not give what each gives alone; None if they do."""
    if recipe.drop_path:
        return "drop_path draws from one generator for all seeds"
    if recipe.optimizer not in ELEMENTWISE:
        return f"optimizer '{recipe.optimizer}' is not one of those known to go number by number"
    if recipe.compile != "none":
        return "the stacked model is not compiled"
    if recipe.precision != "float32":
        return f"autocast to {recipe.precision} does not reach every layer of the stacked model"
    return None


def train_together(
    network: Network,
    recipe: Recipe,
    seeds: Sequence[int],
    *,
    device: str,
    on_epoch: Callable[[int, Epoch], None] | None = None,
) -> list[Member]:
    """Trains the network with all seeds; of each seconds its share of the time.

    A seed whose loss is not finite ends there, with its error, and the others go on.
    """
    check_device(device)
    keep_freed_memory()

    def trained(strict: bool) -> list[Member]:
        with deterministic(device, strict=strict):
            train, val = load_images(recipe, device)
            members = [Member(seed=seed, order=order_of(seed)) for seed in seeds]
            stack = Stack([fresh_model(network, recipe, seed, device).train() for seed in seeds])
            trainer = Trainer(stack, recipe, loss=stacked_loss, clip=stacked_clip)
            train_epoch = epochs(trainer, train, [member.order for member in members])
            validation = Validation(trainer.evaluated, val, trainer.autocast)
            for epoch in range(1, recipe.epochs + 1):
                losses = _timed_epoch(members, trainer, train_epoch)
                end_diverged(members, losses, first_step=trainer.steps - len(losses) + 1)
                if all(member.error for member in members):
                    break
                if epoch in looks(recipe):
                    _look(members, trainer, epoch, losses, validation(), on_epoch)
            for member in members:
                member.training.kept = kept(recipe, train)
                member.training.cuda_graph = replays(train_epoch, device)
        return members

    start_peak(device)
    members, refused = strict_if_possible(trained)
    for member in members:
        member.training.peak_bytes, member.training.nondeterministic = peak_bytes(device), refused
    return members


def order_of(seed: int) -> torch.Generator:
    """What draws the order of the images, and their augmentation."""
    return torch.Generator().manual_seed(derived(seed, "order"))


def _timed_epoch(members: list[Member], trainer: Trainer, train_epoch: TrainEpoch) -> torch.Tensor:
    """One epoch's losses (steps, seeds); the seconds are shared by the seeds that still train."""
    start = time.perf_counter()
    losses = train_epoch()
    if losses.is_cuda:
        torch.cuda.synchronize(losses.device)
    seconds = time.perf_counter() - start
    running = [member.training for member in members if not member.error]
    for training in running:
        training.train_s += seconds / len(running)
        training.images += len(losses) * trainer.recipe.batch
    return losses


def end_diverged(members: Sequence[Member], losses: torch.Tensor, *, first_step: int) -> None:
    """Gives each seed whose losses (steps, seeds) are not all finite its error, if it has none yet."""
    if bool(losses.isfinite().all()):
        return
    for i, member in enumerate(members):
        if not member.error:
            try:
                check_finite(losses[:, i], first_step=first_step)
            except NonFiniteLossError as failure:
                member.error = told(failure)


def _look(
    members: list[Member],
    trainer: Trainer,
    epoch: int,
    losses: torch.Tensor,
    seen: Sequence[Seen],
    on_epoch: Callable[[int, Epoch], None] | None,
) -> None:
    """A point on the curve of each seed that still trains."""
    for i, member in enumerate(members):
        if not member.error:
            point = curve_point(trainer, epoch, losses[:, i], seen[i])
            member.training.curve.append(point)
            if on_epoch:
                on_epoch(member.seed, point)
