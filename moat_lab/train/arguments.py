"""A command line of `python -m moat_lab train`, carried out."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from moat_lab.data import dataset
from moat_lab.errors import UserError
from moat_lab.field_types import kinds_at, words
from moat_lab.grammar import ZOO, to_network
from moat_lab.numerics import deterministic
from moat_lab.train.display import TrainingDisplay
from moat_lab.train.epoch_log import check_tensorboard
from moat_lab.train.folder import Manifest
from moat_lab.train.memory import batch_advice, out_of_memory, release_memory
from moat_lab.train.processes import Processes, joined_processes
from moat_lab.train.provenance import environment
from moat_lab.train.recipe import Recipe, load_recipe
from moat_lab.train.recipe_checks import check_network, resolved
from moat_lab.train.session import FolderTraining, train

STOPPED = 130
"""Exit code after Ctrl-C."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainArguments:
    """What was typed.

    Args:
        changes: field of the recipe -> its value in place of the file's.
        out: None is `runs/train/NAME`; a text's name is its key.
    """

    network: str
    recipe: str
    changes: Mapping[str, Any]
    out: Path | None
    seed: int
    device: str
    save_every: int
    tensorboard: bool
    strict: bool = False


def train_into_folder(arguments: TrainArguments) -> int:
    """The exit code: 0 where the training came to its end, 130 after Ctrl-C.

    Raises:
        GrammarError, UserError: one of the arguments is not right.
    """
    try:
        if arguments.tensorboard:
            check_tensorboard()
        with joined_processes(arguments.device) as processes:
            return _trained(arguments, processes)
    except KeyboardInterrupt:
        print("\nStopped at once; the same command resumes from the last checkpoint.")
        return STOPPED
    except UserError:
        # Each process meets the mistake; one of them says it.
        if os.environ.get("RANK", "0") == "0":
            raise
        return 2


def _trained(arguments: TrainArguments, processes: Processes) -> int:
    training, display = folder_training(arguments, processes), TrainingDisplay(quiet=not processes.leads)
    try:
        ended = train(training, processes, display)
    except (MemoryError, RuntimeError) as failure:
        if not out_of_memory(failure):
            raise
        ended = None
    if ended is None:  # after the failure, which holds on to all of the training's tensors
        raise UserError(_smaller(training, processes))
    if ended:
        display.say(f"Done: {training.folder}")
        return 0
    display.say(f"Stopped. It goes on from here with:\n  {training.manifest.command}")
    return STOPPED


def _smaller(training: FolderTraining, processes: Processes) -> str:
    """Which batch would fit; of several processes it is not tried, for the others still hold theirs."""
    run = training.run
    if processes.world_size > 1:
        said = f"out of memory with batch {run.recipe.batch} in {processes.world_size} processes"
    else:
        release_memory()
        with deterministic(processes.device):
            said = batch_advice(run.network, run.recipe, run.seed, processes.device)
    return (
        f"{said}\n  train again with a smaller --batch (and learning rate), another --out, or more processes"
    )


def folder_training(arguments: TrainArguments, processes: Processes) -> FolderTraining:
    """The training that the arguments stand for."""
    network = to_network(arguments.network)
    recipe = resolved(changed_recipe(load_recipe(arguments.recipe), arguments.changes))
    check_network(network, recipe)
    encoded = dataset(recipe.data).encoded
    manifest = Manifest(
        network=str(network),
        network_key=network.key,
        recipe=recipe.content(),
        recipe_key=recipe.key,
        seed=arguments.seed,
        device=processes.device.partition(":")[0],
        processes=processes.world_size,
        command=command(sys.argv[1:], processes.world_size),
        environment=environment(processes.device),
        files=encoded.listing() if encoded else None,
    )
    name = arguments.network if arguments.network in ZOO else network.key
    return FolderTraining(
        manifest=manifest,
        folder=arguments.out or Path("runs") / "train" / name,
        save_every=arguments.save_every,
        tensorboard=arguments.tensorboard,
        strict=arguments.strict,
    )


def changed_recipe(recipe: Recipe, changes: Mapping[str, Any]) -> Recipe:
    """The recipe with other values; with fewer epochs its warm-up and other parts are shorter in proportion.

    Raises:
        UserError: they do not fit it.
    """
    shorter = min(1.0, changes.get("epochs", recipe.epochs) / recipe.epochs)
    parts = {
        "warmup_epochs": recipe.warmup_epochs * shorter,
        "head_epochs": round(recipe.head_epochs * shorter),
        # 0 would be never
        "mixup_off_epoch": max(round(recipe.mixup_off_epoch * shorter), min(1, recipe.mixup_off_epoch)),
    }
    try:
        return Recipe.model_validate(recipe.content() | parts | dict(changes))
    except ValidationError as error:
        message = _message(error.errors()[0])
        given = ", ".join(f"--{name} {value}" for name, value in changes.items())
        raise UserError(f"the recipe with {given}: {message}") from None


def _message(problem: ErrorDetails) -> str:
    if problem["type"] == "value_error":
        return problem["msg"].removeprefix("Value error, ")
    return f"{problem['loc'][0]} is {words(kinds_at(Recipe, problem['loc'][:1]))}"


def command(arguments: list[str], of: int) -> str:
    """What to type to run this again."""
    start = f"torchrun --nproc_per_node {of} -m" if of > 1 else "python -m"
    return f"{start} moat_lab {shlex.join(arguments)}"
