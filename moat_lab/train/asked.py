"""What a training's folder was made for: `training.json`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, TypeAdapter, ValidationError

from moat_lab.errors import UserError
from moat_lab.records.strict_json import from_file, to_text
from moat_lab.train.recipe import Recipe
from moat_lab.whole import write_whole

FILE = "training.json"
FILES = "files"


def _recipe(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """Raises ValueError unless it is a recipe that this version knows."""
    try:
        Recipe.model_validate(content)
    except ValidationError as error:
        problem = error.errors()[0]
        raise ValueError(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}") from None
    return content


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
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


def write_asked(folder: Path, asked: Asked) -> Path:
    """The file `training.json` in `folder`, written whole."""
    return write_whole(folder / FILE, to_text(_JSON, asked))


def read_asked(folder: Path) -> Asked | None:
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


def check_same(folder: Path, there: Mapping[str, Any], here: Mapping[str, Any]) -> None:
    """Raises UserError, which names what differs, unless both identities are one training's.

    An identity without files, from before they were written down, is taken to have the same.
    """
    data, known = here["recipe"]["data"], there.get("recipe")
    if (
        isinstance(known, Mapping)
        and known.get("data") == data
        and changed(there.get(FILES), here.get(FILES))
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


def changed(there: str | None, here: str | None) -> bool:
    """Whether these are the listings of different files."""
    return there is not None and here is not None and there != here


def _differences(there: Mapping[str, Any], here: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name in sorted({*there, *here} - {FILES}):
        old, new = there.get(name), here.get(name)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from _differences(old, new, f"{prefix}{name}.")
        elif old != new:
            yield f"{prefix}{name} is {old} there and {new} here"


_JSON = TypeAdapter(Asked)
