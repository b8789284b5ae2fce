"""The weights that a training gives, in a file that says what they are."""

from __future__ import annotations

import re
from pathlib import Path

import torch
from torch import nn

from moat_lab.data import dataset
from moat_lab.grammar import Network
from moat_lab.models.weights import About, portable, write_weights
from moat_lab.train.batches import Images
from moat_lab.train.recipe import Recipe

BEST = "best.safetensors"
WHITE = 255
_FOLDERS = re.compile(r"(^|[\s:='])~?/(?:[^/\s]+/)*(?=[^/\s])")
"""What stands before the name in an absolute path: weights travel, and a home is nobody's business."""


def about(recipe: Recipe, images: Images, *, top1: float, command: str) -> About:
    """What goes into the network and comes out of it, as it was trained; of absolute paths only the names."""
    return About(
        resolution=recipe.resolution,
        mean=_channels(images.mean),
        deviation=_channels(images.deviation),
        classes=dataset(recipe.data).classes,
        top1=top1,
        trained_by=_FOLDERS.sub(r"\1", command),
    )


def write_model(path: Path, model: nn.Module, network: Network, what: About) -> None:
    """The model's weights on the CPU, whole or not at all."""
    state = {name: portable(tensor) for name, tensor in model.state_dict().items()}
    write_weights(path, state, network, what)


def _channels(units: torch.Tensor) -> tuple[float, ...]:
    """Of pixels in [0, 255], one number for each channel -> of pixels in [0, 1]."""
    return tuple(float(value) / WHITE for value in units.flatten())
