"""A model while it is trained: its optimiser, its schedule, and one step after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from timm.optim._optim_factory import create_optimizer_v2
from timm.scheduler.cosine_lr import CosineLRScheduler
from timm.utils.model_ema import ModelEmaV3
from torch import nn

from moat_lab.errors import UserError
from moat_lab.grammar import Network
from moat_lab.models.headed import built
from moat_lab.models.initialise import init_weights, stream_name
from moat_lab.tasks import TASKS
from moat_lab.train.batches import BatchLabels, layout
from moat_lab.train.freezing import freeze
from moat_lab.train.gpu_layers import with_products
from moat_lab.train.recipe import Recipe
from moat_lab.train.run import Run, derived
from moat_lab.train.starting import start_from


def mean_loss(outputs: Any, labels: BatchLabels, recipe: Recipe) -> torch.Tensor:
    """The loss of the recipe's task."""
    return TASKS[recipe.task].loss(outputs, labels, label_smoothing=recipe.label_smoothing)


def clip_norm(model: nn.Module, most: float) -> None:
    """The gradients of a model, together, shortened to this norm."""
    nn.utils.clip_grad_norm_(model.parameters(), most)


class Trainer:
    """A model with its optimiser, schedule and moving average; counts its own steps.

    Args:
        loss: (outputs, labels, recipe) -> the loss, or one for each of several models in one.
        clip: shortens the gradients of a model to a norm.
        parallel: wraps the model for the forward pass, as torch's data parallelism does.
    """

    def __init__(
        self,
        model: nn.Module,
        recipe: Recipe,
        *,
        loss: Callable[[Any, BatchLabels, Recipe], torch.Tensor] = mean_loss,
        clip: Callable[[nn.Module, float], None] = clip_norm,
        parallel: Callable[[nn.Module], nn.Module] = lambda model: model,
    ) -> None:
        self.model, self.recipe, self.steps, self.loss, self.clip = model, recipe, 0, loss, clip
        self.guided = TASKS[recipe.task].guided
        self.device_type = next(model.parameters()).device.type
        self._parallel, self._head_only = parallel, recipe.head_epochs > 0
        if recipe.freezes:
            freeze(model, recipe)  # before the optimiser is made, which takes what learns in any epoch
        self.optimizer = optimizer(model, recipe)
        if self._head_only:
            freeze(model, recipe, head_only=True)
        self.forward = compiled(parallel(model), recipe)
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
        """Of the last step; of the head, where layers have their own."""
        return float(self.optimizer.param_groups[-1]["lr"])

    def begin_epoch(self, epoch: int) -> None:
        """Train mode, but for the layers that the recipe freezes in this epoch, from 1."""
        self.model.train()
        if not self.recipe.freezes:
            return
        head_only = epoch <= self.recipe.head_epochs
        freeze(self.model, self.recipe, head_only=head_only)
        if head_only != self._head_only:
            self._head_only = head_only
            self.forward = compiled(self._parallel(self.model), self.recipe)  # they look once at what learns

    def step(self, images: torch.Tensor, labels: BatchLabels) -> torch.Tensor:
        """Forward, backward, update of a model in train mode; gives the loss without waiting for it."""
        self.schedule.step_update(self.steps)
        if self.recipe.compile != "none":
            torch.compiler.cudagraph_mark_step_begin()  # the last step's graph may be overwritten
        loss = self.update(images, labels)
        self.steps += 1
        return loss

    def update(self, images: torch.Tensor, labels: BatchLabels) -> torch.Tensor:
        """What a step does on the device, with the learning rate that the optimiser has."""
        self.optimizer.zero_grad(set_to_none=True)
        with self.autocast:
            outputs = self.forward(images, labels) if self.guided else self.forward(images)
        outputs = outputs.float() if isinstance(outputs, torch.Tensor) else outputs
        loss = self.loss(outputs, labels, self.recipe)
        self.scaler.scale(loss.sum()).backward()
        if self.recipe.clip_grad:
            self.scaler.unscale_(self.optimizer)
            self.clip(self.model, self.recipe.clip_grad)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        if self.average:
            self.average.update(self.model, step=self.steps + 1)
        return loss.detach()

    def rates(self, steps: int) -> torch.Tensor:
        """The learning rates of the next steps (steps,); the optimiser is left with the last of them."""
        rates = []
        for step in range(self.steps, self.steps + steps):
            self.schedule.step_update(step)
            rates.append(self.learning_rate)
        return torch.tensor(rates)


def fresh_model(network: Network, recipe: Recipe, seed: int, device: str) -> nn.Module:
    """The seed's initial weights, made on the CPU so that every device starts from the same.

    Each module draws from a stream of its own name: what two networks have in common starts equal. Weights
    that the recipe names take their place, as far as they fit.
    """
    model = built(network, recipe.inputs, drop_path_rate=recipe.drop_path)
    for name, module in model.named_modules():
        # Of the CPU alone: `torch.manual_seed` asks every kind of device, which took four fifths of the time.
        torch.default_generator.manual_seed(derived(seed, f"weights/{stream_name(name, module)}"))
        init_weights(module)
        if isinstance(module, nn.BatchNorm2d):
            module.momentum = recipe.batch_norm_momentum
    if recipe.start:
        start_from(model, Run(network=network, recipe=recipe, seed=seed), device)
    if device.startswith("cuda"):
        with_products(model)
    return model.to(device).to(memory_format=layout(recipe))


def compiled(model: nn.Module, recipe: Recipe) -> Callable[..., Any]:
    """The model's forward pass as the recipe says; what was compiled of other models is forgotten.

    All models share the code of `Model.forward`: without forgetting, torch would reach its limit of versions
    of one code after a few trainings, and silently compile no more.
    """
    if recipe.compile == "none":
        return model
    torch.compiler.reset()
    return torch.compile(model, mode=recipe.compile, dynamic=False)


def optimizer(model: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """timm's, without weight decay on biases, norms and position tables; fused where torch has it.

    With `layer_decay` a block learns at that share of the next one's rate, as in BEiT (Bao et al. 2022).
    """
    # torch's fused SGD fails where some weights have a momentum already, and others take their first step.
    fused = ("adamw", "adam") if recipe.head_epochs else ("adamw", "adam", "sgd")
    options: dict[str, Any] = {"fused": True} if recipe.optimizer in fused else {}
    options |= {"layer_decay": recipe.layer_decay} if recipe.layer_decay < 1 else {}
    try:
        return create_optimizer_v2(
            model, recipe.optimizer, lr=recipe.learning_rate, weight_decay=recipe.weight_decay, **options
        )
    except ValueError as error:
        raise UserError(f"recipe: timm has no optimizer '{recipe.optimizer}': {error}") from None


def schedule(optimizer: torch.optim.Optimizer, recipe: Recipe) -> CosineLRScheduler:
    """Linear warm-up, then half a cosine to 0 (or constant), one value for each step."""
    warmup = round(recipe.warmup_epochs * recipe.steps_per_epoch)
    steps = recipe.epochs * recipe.steps_per_epoch - warmup
    return CosineLRScheduler(
        optimizer,
        t_initial=max(2, steps),  # of one timm warns; two begin at the same rate
        lr_min=0.0 if recipe.schedule == "cosine" else recipe.learning_rate,
        warmup_t=warmup,
        warmup_lr_init=0.0,
        warmup_prefix=True,
        t_in_epochs=False,
    )
