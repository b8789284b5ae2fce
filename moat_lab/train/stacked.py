"""The models of several seeds as one: each weight has one more dimension, of seeds, in front.

A small network leaves a GPU waiting for its next kernel; a kernel for all seeds takes hardly longer than one.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence

import torch
from torch import nn
from torch.func import functional_call, stack_module_state, vmap
from torch.nn.attention import SDPBackend, sdpa_kernel

from moat_lab.tasks import TASKS
from moat_lab.train.batches import Images
from moat_lab.train.gpu_layers import stackable
from moat_lab.train.recipe import Augmentation, Recipe

ELEMENTWISE = ("adam", "adamw", "lion", "momentum", "nadam", "nadamw", "radam", "sgd")
"""Optimisers that treat each number of a weight on its own, and so each seed."""


def reason_not_together(recipe: Recipe) -> str | None:
    """Why seeds trained together by this recipe would not give what each gives alone; None if they do."""
    if recipe.split == "per_seed":
        return "each seed has training images of its own"
    if recipe.test:
        return "the test split is opened for one network at a time"
    if recipe.inputs.head is not None:
        return "the library that wrote the head draws what it drops for all seeds at once"
    if recipe.freezes:
        return "a stacked model has no stages to freeze"
    if recipe.layer_decay < 1:
        return "timm finds no layers in the stacked model, so that none has its own learning rate"
    if recipe.drop_path:
        return "drop_path draws from one generator for all seeds"
    if recipe.optimizer not in ELEMENTWISE:
        return f"optimizer '{recipe.optimizer}' is not one of those known to go number by number"
    if recipe.compile != "none":
        return "the stacked model is not compiled"
    if recipe.precision != "float32":
        return f"autocast to {recipe.precision} does not reach every layer of the stacked model"
    return None


class Stack(nn.Module):
    """S models of one network: (S, N, C, H, W), or images for all (N, C, H, W), -> (S, N, classes).

    Parameters and buffers are those of the network, stacked; a name's dots are slashes here. Running
    statistics of norms are changed in place, each seed's own.
    """

    def __init__(self, models: Sequence[nn.Module]) -> None:
        super().__init__()
        parameters, buffers = stack_module_state(list(models))
        for name, tensor in parameters.items():
            self.register_parameter(_slashed(name), nn.Parameter(tensor))
        for name, tensor in buffers.items():
            self.register_buffer(_slashed(name), tensor)
        self._undecayed = {_slashed(name) for name in undecayed(models[0])}
        self._model = (models[0],)  # in a tuple, so that its weights are not the stack's
        self._template = (stackable(copy.deepcopy(models[0])),)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        self._template[0].train(self.training)
        of_images = 0 if images.ndim == 5 else None
        # Inside of vmap nothing asks for a gradient, and fused attention then keeps nothing to take it from.
        with sdpa_kernel(SDPBackend.MATH):
            scores: torch.Tensor = vmap(self._one, in_dims=(0, 0, of_images))(*self._state(), images)
        return scores

    def seed(self, index: int) -> nn.Module:
        """A copy of the model of the seed at this place."""
        model = copy.deepcopy(self._model[0])
        model.load_state_dict({_dotted(name): tensor[index] for name, tensor in self.state_dict().items()})
        return model

    def no_weight_decay(self) -> set[str]:
        """Names of what does not decay in one model: timm would not see it by its dimensions here."""
        return self._undecayed

    def _one(
        self, parameters: dict[str, torch.Tensor], buffers: dict[str, torch.Tensor], images: torch.Tensor
    ) -> torch.Tensor:
        scores: torch.Tensor = functional_call(self._template[0], (parameters, buffers), (images,))
        return scores

    def _state(self) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor]]:
        return (
            {_dotted(name): tensor for name, tensor in self.named_parameters()},
            {_dotted(name): tensor for name, tensor in self.named_buffers()},
        )


def undecayed(model: nn.Module) -> set[str]:
    """Names of the parameters that timm spares from weight decay: biases, norms, position tables."""
    spared: set[str] = model.no_weight_decay()  # type: ignore[operator]
    return spared | {name for name, weight in model.named_parameters() if weight.ndim < 2}


def stacked_loss(outputs: torch.Tensor, labels: torch.Tensor, recipe: Recipe) -> torch.Tensor:
    """Outputs (S, N, ...) and labels (S, N, ...) -> each seed's mean loss (S,)."""
    losses = TASKS[recipe.task].loss(
        outputs.flatten(0, 1),
        labels.flatten(0, 1),
        label_smoothing=recipe.label_smoothing,
        reduction="none",
    )
    return losses.reshape(outputs.shape[:2]).mean(dim=1)


def stacked_clip(stack: nn.Module, most: float) -> None:
    """Each seed's gradients shortened to this norm, as `clip_grad_norm_` does it for one."""
    gradients = [weight.grad for weight in stack.parameters() if weight.grad is not None]
    norms = torch.stack([gradient.flatten(1).norm(dim=1) for gradient in gradients]).norm(dim=0)
    shares = (most / (norms + 1e-6)).clamp(max=1.0)
    for gradient in gradients:
        gradient.mul_(shares.reshape(-1, *[1] * (gradient.ndim - 1)))


def stacked_batches(
    images: Images, batch: int, augmentation: Augmentation, generators: Sequence[torch.Generator]
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """One epoch of (S, N, C, H, W) and labels: each seed's own order, augmentation and mixing."""
    epochs = [images.batches(batch, augmentation, generator) for generator in generators]
    for batches in zip(*epochs, strict=True):
        pictures, labels = zip(*batches, strict=True)
        yield torch.stack(pictures), torch.stack(labels)


def _slashed(name: str) -> str:
    return name.replace(".", "/")


def _dotted(name: str) -> str:
    return name.replace("/", ".")
