"""What may stand in a study's YAML."""

from __future__ import annotations

from typing import Annotated, Any

from annotated_types import Ge, Gt, Lt, MinLen
from pydantic import BaseModel, ConfigDict


class RungsFile(BaseModel):
    """Epochs at which only a share of the networks goes on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    epochs: Annotated[list[Annotated[int, Ge(1)]], MinLen(1)]
    keep: Annotated[float, Gt(0), Lt(1)] = 1 / 3


class ScreenFile(BaseModel):
    """Only the best part by a score is trained."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    score: str
    keep: Annotated[float, Gt(0), Lt(1)]


class QuestionFile(BaseModel):
    """What stands in a study's YAML."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: str
    expectation: str = ""
    """The answer that the paper, or whoever asks, expects."""
    source: str = ""
    space: str
    """A network with `where`; every factor is a column of the answer."""
    baseline: dict[str, str | int | float] = {}
    """Factor -> level that the others are compared with; left out, the first point of the space."""
    recipe: str
    """A file in `recipes/` beside the study, without `.yaml`."""
    seeds: Annotated[int, Ge(1)] = 5
    sampler: str | dict[str, Any] | None = None
    """Makes the study a search: who chooses the networks, by name or as `{name: tpe, OPTION: VALUE}`."""
    trials: Annotated[int, Ge(1)] | None = None
    """Networks that a search trains at most."""
    objectives: list[str] = ["top1", "macs"]
    constraints: list[str] = []
    """Such as `macs <= 3M` or `latency_ms <= 5`; networks beyond one are never trained."""
    reference: dict[str, str | int | float] = {}
    """Objective -> a value worse than all of interest, from which the hypervolume is measured."""
    rungs: RungsFile | None = None
    """Where a search pauses trainings until they are promoted."""
    pruner: str | dict[str, Any] | None = None
    """For one objective: who gives up trainings, by name or as `{name: median, OPTION: VALUE}`."""
    scores: bool = True
    """Whether a search measures every network's zero-cost scores before its training."""
    screen: ScreenFile | None = None
    """Which networks a search does not train, such as `{score: synflow, keep: 0.5}`."""
    start: list[str] = []
    """Networks that a search trains first, by name or text."""
