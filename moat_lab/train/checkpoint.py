"""A training on disk between two steps, from which it is resumed to the last bit the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import torch
from annotated_types import Ge, MinLen
from pydantic import BeforeValidator, TypeAdapter, ValidationError

from moat_lab.records import Epoch
from moat_lab.train.checksummed import Tensors, read_checksummed, write_checksummed
from moat_lab.train.epoch_log import EpochRecord
from moat_lab.train.processes import Processes
from moat_lab.train.run import versions
from moat_lab.train.state import Plain, State, restore, trainer_state
from moat_lab.train.training_loop import Course

FORMAT = 1
_EPOCH_START, _LOSSES = "epoch/began", "epoch/losses"


def _with_scores(row: Any) -> Any:
    """An epoch's record with its scores in a mapping, which older ones have as fields of their own."""
    if not isinstance(row, dict) or "scores" in row:
        return row
    scores = {name: row[field] for field, name in _OLDER_SCORES.items() if field in row}
    return {name: value for name, value in row.items() if name not in _OLDER_SCORES} | {"scores": scores}


_OLDER_SCORES = {"score": "top1", "top1": "top1", "top5": "top5"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointContent:
    """What is in the file beside its tensors.

    Args:
        rows: the records of the epochs.
        seconds: of training since the last of them.
    """

    format: Literal[1]
    identity: dict[str, Any]
    versions: dict[str, str]
    rows: list[Annotated[EpochRecord, BeforeValidator(_with_scores)]]
    seconds: Annotated[float, Ge(0)]
    plain: Plain


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Checkpoint:
    """What a file holds; `identity` and `versions` say of which run, and what wrote it."""

    content: CheckpointContent
    tensors: Tensors

    @property
    def epoch(self) -> int:
        """That of the last record; 0 where there is none."""
        return self.content.rows[-1].epoch if self.content.rows else 0


class CheckpointMismatchError(ValueError):
    """A checkpoint holds other layers than those that this version builds."""


def write_checkpoint(path: Path, identity: Mapping[str, Any], course: Course) -> None:
    """An atomic write of a course of one seed whose losses are those of all processes.

    The process that leads writes it; all processes call this after the same step.

    Raises:
        UserError: the optimiser keeps something else than tensors and plain values.
    """
    noise = dict(_noise_of_others(course))
    if not course.processes.leads:
        return
    (progress,), (order,), (epoch_start,) = course.progress, course.orders, course.epoch_start
    state = trainer_state(course.trainer, order)
    content = {
        "format": FORMAT,
        "identity": identity,
        "versions": versions(),
        "rows": [asdict(record) for record in progress.records],
        "seconds": progress.seconds,
        "plain": state.plain,
    }
    losses = torch.stack(course.losses) if course.losses else torch.zeros(0)
    write_checksummed(path, content, {**state.tensors, **noise, _EPOCH_START: epoch_start, _LOSSES: losses})


def read_checkpoint(path: Path) -> Checkpoint | None:
    """None where there is no file, a damaged one, or one of another format."""
    read = read_checksummed(path)
    if read is None:
        return None
    content, tensors = read
    try:
        if "curve" in content:
            content, tensors = _of_a_pause(content, tensors)
        checkpoint = Checkpoint(content=_CONTENT.validate_python(content), tensors=tensors)
    except (ValidationError, LookupError):
        return None
    return checkpoint if {_EPOCH_START, _LOSSES} <= tensors.keys() else None


def matching_checkpoint(path: Path, identity: Mapping[str, Any]) -> Checkpoint | None:
    """None where there is none, a damaged one, or that of another training or version of torch."""
    checkpoint = read_checkpoint(path)
    if checkpoint is None or checkpoint.content.identity != identity:
        return None
    return checkpoint if checkpoint.content.versions == versions() else None


def begun_or_resumed(begin: Callable[[], Course], checkpoint: Checkpoint | None) -> Course:
    """A fresh course, as the checkpoint left it where there is one that fits."""
    course = begin()
    if checkpoint is None:
        return course
    try:
        resume(course, checkpoint)
    except CheckpointMismatchError:
        return begin()
    return course


def resume(course: Course, checkpoint: Checkpoint) -> None:
    """Makes a fresh course what it was when the checkpoint was written.

    Raises:
        CheckpointMismatchError: its layers are others; the course is then of no use.
    """
    (progress,), (order,) = course.progress, course.orders
    content, tensors = checkpoint.content, checkpoint.tensors
    try:
        restore(
            State(tensors=_own_noise(tensors, course.processes), plain=content.plain), course.trainer, order
        )
    except (LookupError, RuntimeError, TypeError, ValueError) as error:
        raise CheckpointMismatchError(str(error).splitlines()[0]) from None
    progress.records, progress.seconds = list(content.rows), content.seconds
    progress.steps = course.trainer.steps
    course.epoch_start = [tensors[_EPOCH_START]]
    device = next(course.trainer.model.parameters()).device
    course.losses = list(tensors[_LOSSES].to(device).unbind())


def _noise_of_others(course: Course) -> Iterator[tuple[str, torch.Tensor]]:
    """What the other processes' generators hold; the state has those of the one that leads."""
    device = next(course.trainer.model.parameters()).device
    states = {"cpu": torch.get_rng_state()}
    states |= {"cuda": torch.cuda.get_rng_state(device)} if device.type == "cuda" else {}
    for name, state in states.items():
        for rank, each in enumerate(course.processes.gathered(state)):
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


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseContent:
    """What paused evaluations wrote before trainings of both lengths had one format."""

    identity: dict[str, Any]
    curve: Annotated[tuple[Epoch, ...], MinLen(1)]
    train_s: Annotated[float, Ge(0)]
    plain: Plain


def _of_a_pause(content: Mapping[str, Any], tensors: Tensors) -> tuple[Mapping[str, Any], Tensors]:
    """The same in the form of today.

    Raises:
        ValidationError, LookupError: something is missing.
    """
    pause = _PAUSE.validate_python({name: content.get(name) for name in PauseContent.__dataclass_fields__})
    identity = {**pause.identity, "files": None}
    format_, versions = identity.pop("format"), identity.pop("versions")
    steps = pause.plain["steps"] // pause.curve[-1].epoch
    rows = [
        {
            **asdict(point),
            "steps": point.epoch * steps,
            "images_per_s": 0.0,
            "seconds": pause.train_s / len(pause.curve),
        }
        for point in pause.curve
    ]
    upgraded = {"format": format_, "identity": identity, "versions": versions, "rows": rows, "seconds": 0.0}
    own = {_EPOCH_START: tensors["generator/order"], _LOSSES: torch.zeros(0)}
    return {**upgraded, "plain": pause.plain}, {**tensors, **own}


_CONTENT = TypeAdapter(CheckpointContent)
_PAUSE = TypeAdapter(PauseContent)
