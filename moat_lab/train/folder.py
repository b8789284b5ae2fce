"""What a training's folder holds: training.json, which says what it was made for, checkpoints, weights."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import torch
from pydantic import AfterValidator, TypeAdapter, ValidationError
from torch import nn

from moat_lab.data import dataset
from moat_lab.errors import UserError
from moat_lab.files import write_atomically
from moat_lab.grammar import Network
from moat_lab.models.weights import About, portable, write_weights
from moat_lab.ops import InputSpec
from moat_lab.records.strict_json import from_file, to_text
from moat_lab.train.batches import Images
from moat_lab.train.checkpoint import read_checkpoint
from moat_lab.train.recipe import Recipe

FILE = "training.json"
FILES = "files"
LAST, BEFORE, DAMAGED = "last.safetensors", "before.safetensors", "damaged.safetensors"
"""The checkpoint, the one before it, for the day on which the last turns out to be damaged, and that one."""


def _recipe(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """Raises ValueError unless it is a recipe that this version knows."""
    try:
        Recipe.model_validate(content)
    except ValidationError as error:
        problem = error.errors()[0]
        raise ValueError(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}") from None
    return content


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One training, as it was begun.

    Args:
        network: canonical text.
        recipe: content, with what the command line changed in it.
        device: `cpu` or `cuda`.
        processes: how many of them shared each batch.
        command: what to type to go on with it.
        environment: versions, commit and hardware.
        files: the data's `listing`; None of data that are no files, and before there was one.
    """

    network: str
    network_key: str
    recipe: Annotated[Mapping[str, Any], AfterValidator(_recipe)]
    recipe_key: str
    seed: int
    device: str
    processes: int
    command: str
    environment: Mapping[str, Any]
    files: str | None = None

    @property
    def identity(self) -> dict[str, Any]:
        """What makes it this training: another number of processes or another version goes on with it."""
        return {
            "network": self.network,
            "recipe": dict(self.recipe),
            "seed": self.seed,
            "device": self.device,
            FILES: self.files,
        }


def write_manifest(folder: Path, manifest: Manifest) -> Path:
    """The file `training.json` in `folder`, written atomically."""
    return write_atomically(folder / FILE, to_text(_JSON, manifest))


def read_manifest(folder: Path) -> Manifest | None:
    """What the folder was made for; None where it holds no training.json.

    Raises:
        UserError: the file is damaged.
    """
    path = folder / FILE
    try:
        return from_file(_JSON, path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise UserError(
            f"{path} is damaged: {error}\n  remove it, and the same command goes on from its checkpoint"
        ) from None


def check_same_training(folder: Path, there: Mapping[str, Any], here: Mapping[str, Any]) -> None:
    """Raises UserError, which names what differs, unless both identities are one training's.

    An identity without files, from before they were written down, is taken to have the same.
    """
    data, known = here["recipe"]["data"], there.get("recipe")
    if (
        isinstance(known, Mapping)
        and known.get("data") == data
        and files_changed(there.get(FILES), here.get(FILES))
    ):
        raise UserError(
            f"{folder} was begun with other images of {data}: some came, went or were renamed since\n"
            "  val could hold images that were trained on: begin anew with another --out; nothing was changed"
        )
    different = list(_differences(there, here))
    if different:
        raise UserError(
            f"{folder} holds another training: {'; '.join(different)}\n"
            "  give this one a folder of its own with --out; nothing was changed"
        )


def files_changed(there: str | None, here: str | None) -> bool:
    """Whether these are the listings of different files."""
    return there is not None and here is not None and there != here


def _differences(there: Mapping[str, Any], here: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name in sorted({*there, *here} - {FILES}):
        old, new = there.get(name), here.get(name)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from _differences(old, new, f"{prefix}{name}.")
        elif old != new:
            yield f"{prefix}{name} is {old} there and {new} here"


BEST = "best.safetensors"
WHITE = 255
_FOLDERS = re.compile(r"(^|[\s:='])~?/(?:[^/\s]+/)*(?=[^/\s])")
"""What stands before the name in an absolute path: weights travel, and a user's folders are private."""


def about(recipe: Recipe, images: Images, *, scores: Mapping[str, float], command: str) -> About:
    """What goes into the network and comes out of it, as it was trained; of absolute paths only the names."""
    return About(
        resolution=recipe.resolution,
        mean=_channels(images.mean),
        deviation=_channels(images.deviation),
        classes=dataset(recipe.data).classes,
        scores=scores,
        trained_by=_FOLDERS.sub(r"\1", command),
    )


def write_model(path: Path, model: nn.Module, network: Network, what: About, inputs: InputSpec) -> None:
    """The model's weights on the CPU, written atomically."""
    state = {name: portable(tensor) for name, tensor in model.state_dict().items()}
    write_weights(path, state, network, what, inputs)


def _channels(units: torch.Tensor) -> tuple[float, ...]:
    """Of pixels in [0, 255], one number for each channel -> of pixels in [0, 1]."""
    return tuple(float(value) / WHITE for value in units.flatten())


def newest(folder: Path, identity: Mapping[str, Any], say: Callable[[str], None]) -> Path | None:
    """The last checkpoint that is not damaged; a damaged one is set aside, and said so.

    Raises:
        UserError: it is that of another training.
    """
    for path in (folder / LAST, folder / BEFORE):
        if not path.exists():
            continue
        checkpoint = read_checkpoint(path)
        if checkpoint is None:
            os.replace(path, folder / DAMAGED)
            say(f"{path} is damaged, and was set aside as {DAMAGED}.")
            continue
        check_same_training(folder, checkpoint.content.identity, identity)
        return path
    return None


def keep_as_before(folder: Path) -> None:
    """The last checkpoint gets its second name, and keeps the first until it is written over."""
    last, second = folder / LAST, folder / f".{BEFORE}.tmp"
    if not last.exists():
        return
    second.unlink(missing_ok=True)
    try:
        os.link(last, second)
    except OSError:  # a file system without links: for a moment there is only the one before
        os.replace(last, second)
    os.replace(second, folder / BEFORE)


_JSON = TypeAdapter(Manifest)
