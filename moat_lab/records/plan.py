"""What a study or a calibration sets out to do: its question, and the answer expected before it ran."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from annotated_types import Ge, MaxLen, MinLen
from pydantic import AfterValidator, Field, TypeAdapter

from moat_lab.records.claim import Claims
from moat_lab.records.evaluation import RecordedRecipe
from moat_lab.records.search import Search
from moat_lab.records.strict_json import Costs, PositiveShare
from moat_lab.tasks import Task, task_of

MOST_SEEDS = 1000
"""Of a study: more take longer to train than anyone waits."""
READINGS = ("none", "macs", "params")
TOLERANCE = 0.02
"""PositiveShare by which costs may differ and still count as matched."""


def _readings(match: tuple[str, ...]) -> tuple[str, ...]:
    if not {*match} <= {*READINGS} or len({*match}) < len(match):
        raise ValueError(f"should be some of {', '.join(READINGS)}, each once; got {match!r:.60}")
    return match


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One network of a study: canonical text, its key, the level of each factor, and its exact costs.

    Args:
        matched: the cost to which its widths were scaled, that of the baseline; empty where it is as written.
    """

    key: str
    network: str
    factors: Mapping[str, str]
    costs: Costs
    matched: str = ""


def _of_one_space(variants: tuple[Variant, ...]) -> tuple[Variant, ...]:
    for variant in variants:
        if variant.factors.keys() != variants[0].factors.keys():
            expected, got = (", ".join(of.factors) or "none" for of in (variants[0], variant))
            raise ValueError(f"should have the same factors, {expected:.60}; got {got:.60}")
    return variants


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All that a report needs beside the evaluations.

    Args:
        expectation: what the paper, or whoever asks, says the answer is.
        source: where the expectation stands.
        baseline: key of the variant that the others are compared with; empty in a search.
        command: what to type to run the study again.
        variants: all that are trained; in a search, those chosen so far.
        search: how variants are chosen; None where all of a design's points are trained.
        design: which points of the space: `full`, `one_out`, `one_in` or `fractional 5` (or 3, or 4).
        match: how costs are made equal: `none` (as written), `macs` or `params`; both readings where two.
        unmatched: one sentence for each point that no widths bring to the baseline's cost.
        margin: effects within it do not matter, a fraction; None where nothing is called equivalent.
        claims: variant, as `report.names` names it -> what the expected answer says of it against the
            baseline; or `A over B`, `FACTOR=LEVEL x FACTOR=LEVEL` -> the same of two variants, of an
            interaction.
        target_half_width: seeds were added until the 95 % interval of each effect reached at most this far to
            each side, a fraction; None where their number was said.
        twins: key of a variant -> the same network with the mechanism in question frozen, which is compared
            with that variant alone; several variants may have one. Empty without a manipulation check.

    Raises:
        ValueError: two variants share a key, or the baseline or what has a twin is not among them.
    """

    name: str
    question: str
    expectation: str
    source: str
    baseline: str
    recipe: RecordedRecipe
    recipe_key: str
    seeds: Annotated[tuple[Annotated[int, Ge(0)], ...], MaxLen(MOST_SEEDS)]
    command: str
    variants: Annotated[tuple[Variant, ...], AfterValidator(_of_one_space)]
    search: Search | None = None
    design: str = "full"
    match: Annotated[tuple[str, ...], AfterValidator(_readings), MinLen(1)] = ("none",)
    unmatched: tuple[str, ...] = ()
    margin: PositiveShare | None = None
    claims: Claims = field(default_factory=dict)
    target_half_width: PositiveShare | None = None
    twins: Annotated[Mapping[str, Variant], Field(exclude_if=lambda twins: not twins)] = field(
        default_factory=dict
    )

    def __post_init__(self) -> None:
        keys = [variant.key for variant in self.variants]
        if len(set(keys)) != len(keys):
            raise ValueError(f"variants: each needs a key of its own; got {', '.join(keys)}")
        if keys and not self.search and self.baseline not in keys:
            raise ValueError(f"baseline: should be the key of a variant; got {self.baseline!r}")
        if lost := next((key for key in self.twins if key not in keys), None):
            raise ValueError(f"twins: each should be that of a variant; got one of {lost!r:.60}")

    @property
    def is_fraction(self) -> bool:
        """Whether a design of two levels of each factor is trained in part."""
        return self.design.startswith("fractional")

    @property
    def networks(self) -> tuple[Variant, ...]:
        """All that are trained, each once: the variants, then their twins."""
        known = {variant.key for variant in self.variants}
        return *self.variants, *{t.key: t for t in self.twins.values() if t.key not in known}.values()

    @property
    def readings(self) -> dict[str, tuple[Variant, ...]]:
        """Each reading of `match` -> its variants; one whose cost needs no scaling belongs to both."""
        return {cost: tuple(v for v in self.variants if self._is_read(v, cost)) for cost in self.match}

    @property
    def task(self) -> Task:
        """What its networks are trained for."""
        return task_of(self.recipe)

    @property
    def step(self) -> float:
        """What a share of images is rounded to: one image of val; 0 where their number is not known."""
        val = self.recipe.get("val")
        return 1 / val if isinstance(val, int) else 0.0

    def _is_read(self, variant: Variant, cost: str) -> bool:
        if cost == "none":
            return not variant.matched
        target = next(v.costs[cost] for v in self.variants if v.key == self.baseline)
        return bool(abs(variant.costs[cost] / target - 1) <= TOLERANCE)


PLAN = TypeAdapter(Plan)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """The same networks by several recipes, each with its plan in a folder of its own.

    Args:
        schedules: names of the recipes, and of the folders; the first is the one to agree with.
        command: what to type to run it again.
        outlier: factor -> level of variants that lie far off, without which networks are compared too.
    """

    name: str
    question: str
    expectation: str
    source: str
    schedules: tuple[str, ...]
    command: str
    outlier: Annotated[Mapping[str, str], Field(exclude_if=lambda outlier: not outlier)] = field(
        default_factory=dict
    )


CALIBRATION = TypeAdapter(Calibration)
