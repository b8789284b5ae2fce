"""`last.safetensors`: a training between two steps, from which it goes on to the last bit the same.

The one before it stays beside it, for the day on which the last turns out to be damaged.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any, Literal

import torch
from annotated_types import Ge
from pydantic import TypeAdapter, ValidationError

from moat_lab.errors import UserError
from moat_lab.train.asked import check_same
from moat_lab.train.course import Course
from moat_lab.train.log import Row
from moat_lab.train.processes import Processes
from moat_lab.train.sealed import Tensors, read_sealed, write_sealed
from moat_lab.train.state import Plain, State, put_back, state_of

LAST, BEFORE, DAMAGED = "last.safetensors", "before.safetensors", "damaged.safetensors"
FORMAT = 1


def save_course(folder: Path, identity: Mapping[str, Any], course: Course, processes: Processes) -> None:
    """Written by the process that leads, whole or not at all; all processes call this after the same step.

    Raises:
        UserError: as `finite_losses`; the checkpoints that are there stay.
    """
    losses = course.finite_losses(processes)
    noise = dict(_noise_of_all(course, processes))
    if not processes.leads:
        return
    state = state_of(course.trainer, course.order)
    content = {
        "format": FORMAT,
        "identity": identity,
        "versions": versions(),
        "rows": [asdict(row) for row in course.rows],
        "seconds": course.seconds,
        "plain": state.plain,
    }
    own = {"epoch/began": course.began, "epoch/losses": losses}
    _keep_as_before(folder)
    write_sealed(folder / LAST, content, {**state.tensors, **noise, **own})


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What is in the file beside its tensors."""

    format: Literal[1]
    identity: dict[str, Any]
    versions: dict[str, str]
    rows: list[Row]
    seconds: Annotated[float, Ge(0)]
    plain: Plain


_CONTENT = TypeAdapter(Content)
_OWN = ("epoch/began", "epoch/losses")


def _read(path: Path) -> tuple[Content, Tensors] | None:
    """None where it is no checkpoint of this format, or a damaged one."""
    found = read_sealed(path)
    if found is None or not {*_OWN} <= found[1].keys():
        return None
    try:
        return _CONTENT.validate_python(found[0]), found[1]
    except ValidationError:
        return None


def newest(folder: Path, identity: Mapping[str, Any], say: Callable[[str], None]) -> Path | None:
    """The last checkpoint that is whole; a damaged one is set aside, and said so.

    Raises:
        UserError: it is that of another training.
    """
    for path in (folder / LAST, folder / BEFORE):
        if not path.exists():
            continue
        found = _read(path)
        if found is None:
            os.replace(path, folder / DAMAGED)
            say(f"{path} is damaged, and was set aside as {DAMAGED}.")
            continue
        check_same(folder, found[0].identity, identity)
        return path
    return None


def put_back_course(path: Path, fresh: Course, processes: Processes) -> Mapping[str, str]:
    """Makes a fresh training what it was in the checkpoint; gives the versions that wrote it.

    Raises:
        UserError: the network's layers are no longer those of the checkpoint.
    """
    found = _read(path)
    assert found is not None, "newest has read it"
    content, tensors = found
    state = State(tensors=_own_noise(tensors, processes), plain=content.plain)
    try:
        put_back(state, fresh.trainer, fresh.order)
    except (LookupError, RuntimeError, TypeError, ValueError) as error:
        raise UserError(
            f"{path} does not fit what this version of moat_lab builds: {str(error).splitlines()[0]}\n"
            "  go on with the version and commit in training.json, or begin anew with another --out"
        ) from None
    fresh.rows, fresh.seconds, fresh.began = content.rows, content.seconds, tensors["epoch/began"]
    device = next(fresh.trainer.model.parameters()).device
    fresh.losses = list(tensors["epoch/losses"].to(device).unbind())
    return content.versions


def versions() -> dict[str, str]:
    """Of what decides about the bits of a training."""
    return {name: version(name) for name in ("torch", "timm")}


def _keep_as_before(folder: Path) -> None:
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


def _noise_of_all(course: Course, processes: Processes) -> Iterator[tuple[str, torch.Tensor]]:
    """What the others' generators hold; the state has those of the one that leads."""
    device = next(course.trainer.model.parameters()).device
    states = {"cpu": torch.get_rng_state()}
    states |= {"cuda": torch.cuda.get_rng_state(device)} if device.type == "cuda" else {}
    for name, state in states.items():
        for rank, each in enumerate(processes.gathered(state)):
            if rank:
                yield f"noise/{rank}/{name}", each


def _own_noise(tensors: Tensors, processes: Processes) -> Tensors:
    """The state's tensors for this process; one that was not there before keeps its fresh generators."""
    if processes.leads:
        return tensors
    fresh = {"cpu": torch.get_rng_state()}
    if "generator/cuda" in tensors:
        fresh["cuda"] = torch.cuda.get_rng_state(processes.device)
    own = {name: tensors.get(f"noise/{processes.rank}/{name}", state) for name, state in fresh.items()}
    return {**tensors, **{f"generator/{name}": state for name, state in own.items()}}
