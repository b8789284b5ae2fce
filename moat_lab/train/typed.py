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
from moat_lab.grammar import ZOO
from moat_lab.grammar import network as to_network
from moat_lab.needed import kinds_at, words
from moat_lab.numerics import deterministic
from moat_lab.train.folder import Asked
from moat_lab.train.log import check_tensorboard
from moat_lab.train.memory import batch_advice, give_back, out_of_memory
from moat_lab.train.processes import Processes, processes
from moat_lab.train.provenance import environment
from moat_lab.train.recipe import Recipe, load_recipe
from moat_lab.train.recipe_checks import check_batch_norms, resolved
from moat_lab.train.screen import Screen
from moat_lab.train.session import Call, train

STOPPED = 130
"""Exit code after Ctrl-C."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
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


def carry_out(typed: Typed) -> int:
    """The exit code: 0 where the training came to its end, 130 after Ctrl-C.

    Raises:
        GrammarError, UserError: something in what was typed is not right.
    """
    try:
        if typed.tensorboard:
            check_tensorboard()
        with processes(typed.device) as all_of_them:
            return _trained(typed, all_of_them)
    except KeyboardInterrupt:
        print("\nStopped at once; the same command goes on from the last checkpoint.")
        return STOPPED
    except UserError:
        # Each process meets the mistake; one of them says it.
        if os.environ.get("RANK", "0") == "0":
            raise
        return 2


def _trained(typed: Typed, all_of_them: Processes) -> int:
    call, screen = call_of(typed, all_of_them), Screen(quiet=not all_of_them.leads)
    try:
        ended = train(call, all_of_them, screen)
    except (MemoryError, RuntimeError) as failure:
        if not out_of_memory(failure):
            raise
        ended = None
    if ended is None:  # after the failure, which holds on to all of the training's tensors
        raise UserError(_smaller(call, all_of_them))
    if ended:
        screen.say(f"Done: {call.folder}")
        return 0
    screen.say(f"Stopped. It goes on from here with:\n  {call.asked.command}")
    return STOPPED


def _smaller(call: Call, all_of_them: Processes) -> str:
    """Which batch would fit; of several processes it is not tried, for the others still hold theirs."""
    if all_of_them.of > 1:
        said = f"out of memory with batch {call.recipe.batch} in {all_of_them.of} processes"
    else:
        give_back()
        with deterministic(all_of_them.device):
            said = batch_advice(call.run.network, call.recipe, call.asked.seed, all_of_them.device)
    return (
        f"{said}\n  train again with a smaller --batch (and learning rate), another --out, or more processes"
    )


def call_of(typed: Typed, all_of_them: Processes) -> Call:
    """The training that the words ask for."""
    network = to_network(typed.network)
    recipe = resolved(changed(load_recipe(typed.recipe), typed.changes))
    check_batch_norms(network, recipe)
    encoded = dataset(recipe.data).encoded
    asked = Asked(
        network=str(network),
        network_key=network.key,
        recipe=recipe.content(),
        recipe_key=recipe.key,
        seed=typed.seed,
        device=all_of_them.device.partition(":")[0],
        processes=all_of_them.of,
        command=command(sys.argv[1:], all_of_them.of),
        environment=environment(all_of_them.device),
        files=encoded.listing() if encoded else None,
    )
    name = typed.network if typed.network in ZOO else network.key
    return Call(
        asked=asked,
        folder=typed.out or Path("runs") / "train" / name,
        save_every=typed.save_every,
        tensorboard=typed.tensorboard,
    )


def changed(recipe: Recipe, changes: Mapping[str, Any]) -> Recipe:
    """The recipe with other values; with fewer epochs its warm-up is shorter in proportion.

    Raises:
        UserError: they do not fit it.
    """
    shorter = min(1.0, changes.get("epochs", recipe.epochs) / recipe.epochs)
    warmup = {"warmup_epochs": recipe.warmup_epochs * shorter}
    try:
        return Recipe.model_validate(recipe.content() | warmup | dict(changes))
    except ValidationError as error:
        message = _message(error.errors()[0])
        given = ", ".join(f"--{name} {value}" for name, value in changes.items())
        raise UserError(f"the recipe with {given}: {message}") from None


def _message(problem: ErrorDetails) -> str:
    if problem["type"] == "value_error":
        return problem["msg"].removeprefix("Value error, ")
    return f"{problem['loc'][0]} is {words(kinds_at(Recipe, problem['loc'][:1]))}"


def command(typed: list[str], of: int) -> str:
    """What to type to run this again."""
    start = f"torchrun --nproc_per_node {of} -m" if of > 1 else "python -m"
    return f"{start} moat_lab {shlex.join(typed)}"
