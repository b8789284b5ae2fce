"""What tables and pages ask of a training: how it ended, without its curve and where it ran."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Generic, Protocol, TypeVar

from moat_lab.records.evaluation import Evaluation
from moat_lab.records.files import Damaged, Keyed
from moat_lab.records.measurement import Measurement
from moat_lab.records.search import ProposalCounts


class Trained(Keyed, Protocol):
    """An `Evaluation`, or the `Outcome` of one."""

    @property
    def status(self) -> str: ...
    @property
    def error(self) -> str | None: ...
    @property
    def score(self) -> float | None: ...
    @property
    def epochs(self) -> int: ...
    @property
    def images_per_s(self) -> float: ...


T_co = TypeVar("T_co", bound=Trained, covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading(Generic[T_co]):
    """All that a results folder holds, each by file name; `proposal_counts` only of a search."""

    evaluations: tuple[T_co, ...]
    damaged: tuple[Damaged, ...]
    measurements: tuple[Measurement, ...] = ()
    proposal_counts: ProposalCounts | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The fields of an `Evaluation` that fit a row of a table."""

    network_key: str
    recipe_key: str
    seed: int
    status: str
    error: str | None
    score: float | None
    epochs: int
    images_per_s: float

    @classmethod
    def of(cls, evaluation: Evaluation) -> Outcome:
        return cls(**{field.name: getattr(evaluation, field.name) for field in fields(cls)})


@dataclass(frozen=True, slots=True)
class OutcomeEntry:
    """A file by size and time of its last change, and its outcome; or why it is damaged."""

    size: int
    mtime_ns: int
    outcome: Outcome | str
