"""The training itself: a plain loop around a step that has nothing to wait for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as F
from timm.optim._optim_factory import create_optimizer_v2
from timm.scheduler.cosine_lr import CosineLRScheduler
from timm.utils.model_ema import ModelEmaV3
from torch import nn

from moat_lab.data import dataset
from moat_lab.errors import UserError
from moat_lab.grammar import Network
from moat_lab.models import build
from moat_lab.models.initialise import initialise
from moat_lab.proxy.allocator import keep_freed_memory
from moat_lab.proxy.images import Images, layout, load_images
from moat_lab.proxy.recipe import Recipe
from moat_lab.proxy.seeds import derived
from moat_lab.records import Epoch


class NonFiniteLossError(ArithmeticError):
    """The loss became infinite or not a number."""


@dataclass(slots=True, kw_only=True)
class Training:
    """What a training has given so far; what a failed one leaves behind is kept."""

    curve: list[Epoch] = field(default_factory=list)
    train_s: float = 0.0
    images: int = 0


def train(
    training: Training,
    network: Network,
    recipe: Recipe,
    seed: int,
    *,
    device: str = "cpu",
    on_epoch: Callable[[Epoch], None] | None = None,
) -> nn.Module:
    """Trains a fresh model, filling `training`; gives the model that was evaluated last.

    Raises:
        NonFiniteLossError: the message names the step.
        UserError: the device or optimiser does not exist here.
    """
    check_device(device)
    keep_freed_memory()
    train_images, val_images = load_images(recipe, device)
    with deterministic():
        trainer = Trainer(fresh_model(network, recipe, seed, device), recipe)
        order = torch.Generator().manual_seed(derived(seed, "order"))
        torch.manual_seed(derived(seed, "noise"))
        for epoch in range(1, recipe.epochs + 1):
            losses = timed_epoch(training, trainer, train_images, order)
            check_finite(losses, first_step=trainer.steps - len(losses) + 1)
            if epoch in looks(recipe):
                training.curve.append(curve_point(trainer, epoch, losses, val_images))
                if on_epoch:
                    on_epoch(training.curve[-1])
    return trainer.evaluated


def timed_epoch(training: Training, trainer: Trainer, images: Images, order: torch.Generator) -> torch.Tensor:
    """One epoch; its seconds and images are added to `training`."""
    start = time.perf_counter()
    losses = trainer.epoch(images, order)
    if losses.is_cuda:
        torch.cuda.synchronize(losses.device)
    training.train_s += time.perf_counter() - start
    training.images += len(losses) * trainer.recipe.batch
    return losses


def looks(recipe: Recipe) -> set[int]:
    """The epochs after which val is looked at, the last one among them."""
    return {round(i * recipe.epochs / recipe.curve_points) for i in range(1, recipe.curve_points + 1)} - {0}


def curve_point(trainer: Trainer, epoch: int, losses: torch.Tensor, val: Images) -> Epoch:
    """A point of the learning curve, after an epoch with these losses."""
    val_loss, top1 = look(trainer.evaluated, val, trainer.autocast)
    return Epoch(
        epoch=epoch,
        train_loss=float(losses.mean()),
        val_loss=val_loss,
        top1=top1,
        learning_rate=trainer.learning_rate,
    )


class Trainer:
    """A model with its optimiser, schedule and moving average; counts its own steps."""

    def __init__(self, model: nn.Module, recipe: Recipe) -> None:
        self.model, self.recipe, self.steps = model, recipe, 0
        self.device_type = next(model.parameters()).device.type
        self.optimizer = optimizer(model, recipe)
        self.schedule = schedule(self.optimizer, recipe)
        self.average = ModelEmaV3(model, decay=recipe.ema, foreach=True) if recipe.ema else None
        self.scaler = torch.amp.GradScaler(
            self.device_type, enabled=recipe.precision == "float16" and self.device_type == "cuda"
        )
        self.autocast = torch.autocast(
            self.device_type,
            dtype=torch.float16 if recipe.precision == "float16" else torch.bfloat16,
            enabled=recipe.precision != "float32",
        )

    @property
    def evaluated(self) -> nn.Module:
        return self.average.module if self.average else self.model

    @property
    def learning_rate(self) -> float:
        """Of the last step."""
        return float(self.optimizer.param_groups[0]["lr"])

    def epoch(self, images: Images, generator: torch.Generator) -> torch.Tensor:
        """One pass over the images; gives each step's loss (steps,), on the device."""
        self.model.train()
        batches = images.batches(self.recipe.batch, self.recipe.augmentation, generator)
        return torch.stack([self.step(x, y) for x, y in batches])

    def step(self, images: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Forward, backward, update; gives the loss without waiting for it."""
        self.schedule.step_update(self.steps)
        with self.autocast:
            scores = self.model(images)
        loss = F.cross_entropy(scores.float(), labels, label_smoothing=self.recipe.label_smoothing)
        self.optimizer.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward()
        if self.recipe.clip_grad:
            self.scaler.unscale_(self.optimizer)
            nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.clip_grad)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.steps += 1
        if self.average:
            self.average.update(self.model, step=self.steps)
        return loss.detach()


def fresh_model(network: Network, recipe: Recipe, seed: int, device: str) -> nn.Module:
    """The seed's initial weights, made on the CPU so that every device starts from the same.

    Each module draws from a stream of its own name: what two networks have in common starts equal.
    """
    source = dataset(recipe.data)
    model = build(network, source.num_classes, source.in_chans, drop_path_rate=recipe.drop_path)
    for name, module in model.named_modules():
        torch.manual_seed(derived(seed, f"weights/{name}"))
        initialise(module)
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = recipe.batch_norm_momentum
    return model.to(device).to(memory_format=layout(recipe))


def optimizer(model: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """timm's, without weight decay on biases, norms and position tables; fused where torch has it."""
    options: dict[str, Any] = {"fused": True} if recipe.optimizer in ("adamw", "adam", "sgd") else {}
    try:
        return create_optimizer_v2(
            model, recipe.optimizer, lr=recipe.learning_rate, weight_decay=recipe.weight_decay, **options
        )
    except ValueError as error:
        raise UserError(f"recipe: timm has no optimizer '{recipe.optimizer}': {error}") from None


def schedule(optimizer: torch.optim.Optimizer, recipe: Recipe) -> CosineLRScheduler:
    """Linear warm-up, then half a cosine to 0 (or constant), one value for each step."""
    warmup = round(recipe.warmup_epochs * recipe.steps_per_epoch)
    return CosineLRScheduler(
        optimizer,
        t_initial=max(1, recipe.epochs * recipe.steps_per_epoch - warmup),
        lr_min=0.0 if recipe.schedule == "cosine" else recipe.learning_rate,
        warmup_t=warmup,
        warmup_lr_init=0.0,
        warmup_prefix=True,
        t_in_epochs=False,
    )


@torch.no_grad()
def look(model: nn.Module, images: Images, autocast: torch.autocast) -> tuple[float, float]:
    """(mean cross-entropy, top-1) on all images."""
    model.eval()
    loss = torch.zeros((), device=images.labels.device)
    right = torch.zeros((), device=images.labels.device, dtype=torch.long)
    for x, y in images.in_order():
        with autocast:
            scores = model(x)
        loss += F.cross_entropy(scores.float(), y, reduction="sum")
        right += (scores.argmax(dim=1) == y).sum()
    return float(loss) / len(images.labels), int(right) / len(images.labels)


def check_finite(losses: torch.Tensor, *, first_step: int) -> None:
    """Raises NonFiniteLossError at the first step whose loss is not finite."""
    bad = (~losses.isfinite()).nonzero()
    if len(bad):
        step = int(bad[0])
        raise NonFiniteLossError(f"the loss was {float(losses[step])} at step {first_step + step}")


def check_device(device: str) -> None:
    """Raises UserError where torch cannot reach the device."""
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise UserError(f"device '{device}' cannot be used here: {str(error).splitlines()[0]}") from None


@contextmanager
def deterministic() -> Iterator[None]:
    """Deterministic algorithms; torch's global generators and settings are given back as they were found."""
    before = torch.are_deterministic_algorithms_enabled()
    with torch.random.fork_rng():
        torch.use_deterministic_algorithms(True, warn_only=True)
        try:
            yield
        finally:
            torch.use_deterministic_algorithms(before)
