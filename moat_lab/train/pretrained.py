"""Weights that a network has after a training by another recipe: where they are kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import torch

from moat_lab.files import cache_root
from moat_lab.models.weights import read_weights
from moat_lab.train.run import Run, versions


def pretraining_of(run: Run) -> Run | None:
    """The training that comes before a run, where its recipe has one."""
    return replace(run, recipe=run.recipe.pretrain) if run.recipe.pretrain else None


def pretrained_file(pretraining: Run, device: str) -> Path:
    """Where the weights of a pretraining are, or will be: in the folder `pretrained` of the cache.

    The name is of all that decides about their bits.
    """
    kind = torch.device(device).type
    decided = [pretraining.identity(kind), versions(), torch.get_num_threads() if kind == "cpu" else 0]
    name = sha256(json.dumps(decided, sort_keys=True).encode()).hexdigest()[:24]
    return cache_root() / "pretrained" / f"{name}.safetensors"


def pretrained_state(pretraining: Run, device: str) -> Mapping[str, torch.Tensor]:
    """The state dict after a pretraining, which `short_training.pretrain` has to have made."""
    return read_weights(pretrained_file(pretraining, device)).state
