"""Weights that a network has after a training by another recipe, done once and kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

import torch
from filelock import FileLock

from moat_lab.files import cache_root
from moat_lab.models.weights import portable, read_weights, write_weights
from moat_lab.records import Epoch
from moat_lab.train.checkpoint import versions
from moat_lab.train.run import Run
from moat_lab.train.short_training import fresh_training, train_seeds


def pretrained_state(
    run: Run, device: str, on_epoch: Callable[[int, Epoch], None] | None = None
) -> Mapping[str, torch.Tensor]:
    """The state dict after a training, read where it was done before.

    It is kept in the cache's folder `pretrained`. One process trains, others that want the same wait for it.
    A training that was ended goes on from its last validation.

    Raises:
        NonFiniteLossError: the training failed.
        UserError: as `train_seeds`.
    """
    file = cache_root() / "pretrained" / f"{_key(run, device)}.safetensors"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(file.with_suffix(".lock")):
            if not file.exists():
                _train(run, device, file, on_epoch)
    return read_weights(file).state


def _key(run: Run, device: str) -> str:
    """Of all that decides about the bits of the weights."""
    kind = torch.device(device).type
    decided = [run.identity(kind), versions(), torch.get_num_threads() if kind == "cpu" else 0]
    return sha256(json.dumps(decided, sort_keys=True).encode()).hexdigest()[:24]


def _train(run: Run, device: str, file: Path, on_epoch: Callable[[int, Epoch], None] | None) -> None:
    training, checkpoints = fresh_training([run]), file.parent
    model = train_seeds(
        training, [run], device=device, on_epoch=on_epoch, checkpoints=checkpoints, resumable=True
    )
    failure = training.progress[0].failure
    if failure:
        raise type(failure)(f"in the pretraining, {failure}")
    state = {name: portable(tensor) for name, tensor in model.state_dict().items()}
    write_weights(file, state, run.network, inputs=run.recipe.inputs)
    run.checkpoint_file(checkpoints).unlink(missing_ok=True)
