"""How a study chooses its networks, where it does not train all of its space."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from annotated_types import Ge, Gt, Le
from pydantic import AfterValidator, TypeAdapter

from moat_lab.metrics import COSTS, LATENCY, METRICS
from moat_lab.records.strict_json import PositiveShare


def _among(*names: str) -> AfterValidator:
    def check(chosen: Any) -> Any:
        for name in chosen:
            if name not in names:
                raise ValueError(f"should be some of {', '.join(names)}; got {name!r:.60}")
        return chosen

    return AfterValidator(check)


def _with_name(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    if not isinstance(spec.get("name"), str):
        raise ValueError(f"name: should be a text; got {spec.get('name')!r:.60}")
    return spec


Spec = Annotated[Mapping[str, Any], AfterValidator(_with_name)]
MOST_CONCURRENT = MOST_SHARED = 100_000
EpochNumbers = tuple[Annotated[int, Ge(1)], ...]
Amount = Annotated[float, Ge(0), Le(10**18)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rungs:
    """Successive halving: at each of these epochs only the best go on.

    Args:
        epochs: rising, each below the recipe's own.
        keep: share of the networks at a rung that are promoted from it.
    """

    epochs: EpochNumbers
    keep: PositiveShare


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruning:
    """For one objective: a training that looks bad at one of these epochs is not continued.

    Args:
        epochs: rising, each below the recipe's own.
        pruner: `name`, and the options that were set.
    """

    epochs: EpochNumbers
    pruner: Spec


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """A network is trained only where its score is among the best of those measured so far.

    Args:
        score: a zero-cost score or a closed-form cost; higher passes.
        keep: share of the measured networks that pass.
    """

    score: str
    keep: PositiveShare


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalCounts:
    """Proposals in vain since a search began: of networks chosen before, and of networks beyond a limit."""

    duplicates: int
    infeasible: int


PROPOSAL_COUNTS = TypeAdapter(ProposalCounts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """Objectives, limits, and who chooses.

    Args:
        space: canonical text.
        objectives: the score of the task, which is maximised, and costs, which are minimised.
        limits: cost -> most that a network may have.
        reference: objective -> a value worse than all of interest; the corner of the hypervolume.
        sampler: `name`, `seed`, and the options that were set.
        trials: networks to train at most.
        start: canonical texts of the networks to train first.
        rungs: where trainings pause until they are promoted; None trains every network to its end.
        pruning: where trainings are given up.
        scores: whether every network's zero-cost scores are measured before its training.
        screen: which networks are not worth a training by their score.
        max_concurrent: requests that are open at a time, their results learnt in the order in which they were
            asked for; None for as many as there are slots, in the order in which they end.
        share: epochs of a training before the search, of weights that all networks of the space share: the
            score of each by its part of them is the sampler's prior. 0 trains none.

    Raises:
        ValueError: an objective has no reference, or there is not one score among them.
    """

    space: str
    objectives: Annotated[tuple[str, ...], _among(*METRICS)]
    limits: Annotated[Mapping[str, Annotated[Amount, Gt(0)]], _among(*COSTS)]
    reference: Annotated[Mapping[str, Amount], _among(*METRICS)]
    sampler: Spec
    trials: Annotated[int, Ge(1), Le(10**9)]
    start: tuple[str, ...] = ()
    rungs: Rungs | None = None
    pruning: Pruning | None = None
    scores: bool = False
    screen: Screen | None = None
    max_concurrent: Annotated[int, Ge(1), Le(MOST_CONCURRENT)] | None = None
    share: Annotated[int, Ge(0), Le(MOST_SHARED)] = 0

    def __post_init__(self) -> None:
        if len(self.objectives) != len(self.costs) + 1:
            raise ValueError(f"objectives: should have one score; got {', '.join(self.objectives)}")
        if missing := [name for name in self.objectives if name not in self.reference]:
            raise ValueError(f"reference: should have every objective; {', '.join(missing)} is missing")

    @property
    def score(self) -> str:
        """The objective that is maximised."""
        return next(name for name in self.objectives if name not in COSTS)

    @property
    def costs(self) -> tuple[str, ...]:
        """The objectives beside the score."""
        return tuple(name for name in self.objectives if name in COSTS)

    @property
    def times(self) -> bool:
        """Whether the latency of each network has to be measured."""
        return LATENCY in (*self.objectives, *self.limits)

    @property
    def measures(self) -> bool:
        """Whether each network is measured before it is trained."""
        return self.scores or self.times or self.screen is not None
