"""What may stand in a study's YAML."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Le, Lt, MinLen
from pydantic import BaseModel, ConfigDict

from moat_lab.records.claim import Claim
from moat_lab.records.plan import MOST_SEEDS
from moat_lab.records.search import MOST_CONCURRENT, MOST_SHARED, Amount
from moat_lab.study.claim import ClaimFile
from moat_lab.train.recipe import Epochs

Match = Literal["none", "macs", "params"]
Level = Annotated[int, Ge(0), Le(10**9)] | Annotated[float, Ge(0), Le(10**9)]


class OutcomeFile(BaseModel):
    """What is compared, where it is not the mean score."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    success: Annotated[float, Gt(0), Le(1)]
    """The score, a fraction, from which on a training has learned its task."""


class TuneFile(BaseModel):
    """Learning rates of which each variant gets its own, by seeds that the comparison does not use."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    learning_rate: Annotated[list[Annotated[float, Gt(0), Le(1e100)]], MinLen(2)]
    seeds: Annotated[int, Ge(1), Le(MOST_SEEDS)] = 2


class FractionFile(BaseModel):
    """A part of the full design of two-level factors."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fractional: Literal[3, 4, 5]
    """Its resolution; 5 keeps interactions of two factors apart."""


class RungsFile(BaseModel):
    """Epochs at which only a share of the networks goes on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    epochs: Annotated[list[Epochs], MinLen(1)]
    keep: Annotated[float, Gt(0), Lt(1)] = 1 / 3


class ScreenFile(BaseModel):
    """Only the best part by a score is trained."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    score: str
    keep: Annotated[float, Gt(0), Lt(1)]


class StudyFile(BaseModel):
    """What stands in a study's YAML."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: str
    expectation: str = ""
    """The answer that the paper, or whoever asks, expects."""
    source: str = ""
    space: str
    """A network with `where`; every factor is a column of the answer."""
    baseline: dict[str, str | Level] = {}
    """Factor -> level that the others are compared with; left out, the first point of the space."""
    cells: list[str] = []
    """Factors whose levels are cells, such as a width and a depth: an effect is its mean over all cells."""
    design: Literal["full", "one_out", "one_in"] | FractionFile = "full"
    """Which points of the space are trained."""
    match: Match | list[Match] = "none"
    """Scales each variant's widths to the baseline's cost; `[none, macs]` trains both readings."""
    margin: str = ""
    """Such as `0.5pt`: effects within it do not matter, and variants that surely have none are equivalent."""
    claims: dict[str, Claim | ClaimFile] = {}
    """Variant, as the report names it -> what the expected answer says of it against the baseline.

    `A over B` is about two variants, `FACTOR=LEVEL x FACTOR=LEVEL` about the interaction of two changes.
    The claim alone, or with where it comes from: `{claim: worse, kind: number, effect: 0.5pt, source: ...}`.
    """
    outcome: OutcomeFile | None = None
    """`{success: 0.9}` for tasks that are learned or not: how many trainings reach this score is compared."""
    manipulation_check: bool = False
    """Trains each variant with attention also with attention frozen to a uniform average.

    The report then says whether attention is in use. Where it is not, comparisons of it are not testable.
    """
    recipe: str
    """By name, in `recipes/` beside the study, in the working folder or in the package; or by path."""
    schedules: list[str] = []
    """Other recipes that train the same networks, to see which of them order these as `recipe` does."""
    outlier: dict[str, str | Level] = {}
    """Factor -> level of variants that lie far off, without which schedules tell networks apart too."""
    seeds: Annotated[int, Ge(1), Le(MOST_SEEDS)] = 5
    tune: TuneFile | None = None
    """`{learning_rate: [1e-3, 2e-3], seeds: 2}`: each variant gets the rate that is best for it."""
    looks: list[Annotated[int, Ge(2), Le(MOST_SEEDS)]] = []
    """Numbers of seeds, rising, at which results will be read: these share the error of 5 % evenly."""
    engine: str = "local"
    """Where its trainings run; the command's `--engine` takes precedence."""
    sampler: str | dict[str, Any] | None = None
    """Makes the study a search: who chooses the networks, by name or as `{name: tpe, OPTION: VALUE}`."""
    trials: Annotated[int, Ge(1), Le(100_000)] | None = None
    """Networks that a search trains at most."""
    max_concurrent: Annotated[int, Ge(1), Le(MOST_CONCURRENT)] | None = None
    """Makes a search the same on every engine with any number of slots.

    Its sampler has so many trainings open at a time, and learns their results in order. Left out, it has as
    many as there are slots, and learns results as trainings end.
    """
    objectives: list[str] | None = None
    """Left out, the score of the task and MACs."""
    constraints: list[str] = []
    """Such as `macs <= 3M` or `latency_ms <= 5`; networks beyond one are never trained."""
    reference: dict[str, str | Amount] = {}
    """Objective -> a value worse than all of interest, from which the hypervolume is measured."""
    rungs: RungsFile | None = None
    """Where a search pauses trainings until they are promoted."""
    pruner: str | dict[str, Any] | None = None
    """For one objective: who gives up trainings, by name or as `{name: median, OPTION: VALUE}`."""
    scores: bool = True
    """Whether a search measures every network's zero-cost scores before its training."""
    screen: ScreenFile | None = None
    """Which networks a search does not train, such as `{score: synflow, keep: 0.5}`."""
    share: bool | Annotated[int, Ge(1), Le(MOST_SHARED)] = False
    """Whether one training of weights that all networks share comes before a search, and guides it.

    A number is its epochs, eight times the recipe's where it is true.
    """
    start: list[str] = []
    """Networks that a search trains first, by name or text."""
