"""What a study or a calibration sets out to do: its question, and the answer expected before it ran."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import not_
from typing import Annotated

from annotated_types import Ge, MaxLen, MinLen
from pydantic import AfterValidator, Field, TypeAdapter

from moat_lab.metrics import COUNTS
from moat_lab.records.claim import Claims
from moat_lab.records.evaluation import RecordedRecipe, key_of_recipe
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
        effect: what the source of its claim says that it does to the score, to either side, a fraction; None
            where no source says it.
    """

    key: str
    network: str
    factors: Mapping[str, str]
    costs: Costs
    matched: str = ""
    effect: Annotated[PositiveShare | None, Field(exclude_if=not_)] = None


FIRST_TUNING_SEED = 100_000
"""Those of a comparison are below it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tuning:
    """How each variant got a learning rate of its own; the rates are the recipe's `tuned`.

    Args:
        rates: that were tried.
        seeds: that each was tried with; the comparison has others.
        trainings: that it took.
        train_s: seconds of training that it took, all together.
    """

    rates: tuple[float, ...]
    seeds: tuple[Annotated[int, Ge(FIRST_TUNING_SEED)], ...]
    trainings: int = 0
    train_s: float = 0.0


Looks = tuple[Annotated[int, Ge(1)], ...]
Cell = tuple[str, ...]
"""The levels of a plan's cell factors."""


def _of_one_space(variants: tuple[Variant, ...]) -> tuple[Variant, ...]:
    for variant in variants:
        if variant.factors.keys() != variants[0].factors.keys():
            expected, got = (", ".join(of.factors) or "none" for of in (variants[0], variant))
            raise ValueError(f"should have the same factors, {expected:.60}; got {got:.60}")
        if missing := [name for name in COUNTS if name not in variant.costs]:
            raise ValueError(f"should have the costs {', '.join(COUNTS)}; {missing[0]} is missing")
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
        cells: factors whose levels are cells. In each cell each variant is compared with the baseline there,
            with seeds of the cell's own; the effect of a variant is its mean over cells.
        planned_looks: numbers of seeds at which results are read, said before the first of them.
        earlier_looks: numbers of seeds at which results were read before.
        success: the score from which on a training has learned its task, where the outcome is whether it
            did; None where it is the score.
        tuning: how each variant got its own learning rate; None where all have the recipe's.
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
    cells: Annotated[tuple[str, ...], Field(exclude_if=not_)] = ()
    planned_looks: Annotated[Looks, Field(exclude_if=not_)] = ()
    earlier_looks: Annotated[Looks, Field(exclude_if=not_)] = ()
    success: Annotated[PositiveShare | None, Field(exclude_if=not_)] = None
    tuning: Annotated[Tuning | None, Field(exclude_if=not_)] = None
    twins: Annotated[Mapping[str, Variant], Field(exclude_if=not_)] = field(default_factory=dict)

    def __post_init__(self) -> None:
        keys = [variant.key for variant in self.variants]
        if len(set(keys)) != len(keys):
            raise ValueError(f"variants: each needs a key of its own; got {', '.join(keys)}")
        if keys and not self.search and self.baseline not in keys:
            raise ValueError(f"baseline: should be the key of a variant; got {self.baseline!r}")
        if unknown := {*self.cells} - {*(self.variants[0].factors if keys else self.cells)}:
            raise ValueError(f"cells: should be factors of the variants; got {', '.join(sorted(unknown))}")
        if self.cells and (lacking := {*map(self.cell_of, self.variants)} - self.baselines.keys()):
            raise ValueError(f"cells: a baseline is needed in each; none is in {sorted(lacking)[0]!r:.60}")
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
        baselines = self.baselines
        return {
            cost: tuple(v for v in self.variants if self._is_read(v, cost, baselines)) for cost in self.match
        }

    @property
    def baselines(self) -> dict[Cell, Variant]:
        """Cell -> the variant that others there are compared with; one cell where the plan names none."""
        baseline = next((v for v in self.variants if v.key == self.baseline), None)
        if baseline is None:
            return {}
        level = self.treatment_of(baseline)
        found = (v for v in self.variants if not v.matched and self.treatment_of(v) == level)
        return {self.cell_of(v): v for v in found} if self.cells else {(): baseline}

    def cell_of(self, variant: Variant) -> Cell:
        """The cell in which a variant stands."""
        return tuple(variant.factors[factor] for factor in self.cells)

    def treatment_of(self, variant: Variant) -> Mapping[str, str]:
        """The levels of a variant that are not those of its cell."""
        return {name: level for name, level in variant.factors.items() if name not in self.cells}

    def seeds_of(self, key: str) -> tuple[int, ...]:
        """The seeds that a network is trained with: in each cell others, so that cells are independent."""
        if not self.cells:
            return self.seeds
        cells = list(dict.fromkeys(map(self.cell_of, self.variants)))
        own = {self.cell_of(v) for v in self.variants if key in (v.key, self._twin_key(v))}
        return tuple(seed * len(cells) + cells.index(cell) for seed in self.seeds for cell in sorted(own))

    def _twin_key(self, variant: Variant) -> str:
        return self.twins[variant.key].key if variant.key in self.twins else ""

    @property
    def tuning_recipes(self) -> dict[float, str]:
        """Learning rate that was tried -> the key of its recipe."""
        common = {name: value for name, value in self.recipe.items() if name != "tuned"}
        rates = self.tuning.rates if self.tuning else ()
        return {rate: key_of_recipe(common | {"learning_rate": rate}) for rate in rates}

    @property
    def task(self) -> Task:
        """What its networks are trained for."""
        return task_of(self.recipe)

    @property
    def data(self) -> str:
        """The data set that its networks learn."""
        return str(self.recipe.get("data", "unknown"))

    @property
    def step(self) -> float:
        """What a share of images is rounded to: one image of val; 0 where their number is not known."""
        val = self.recipe.get("val")
        return 1 / val if isinstance(val, int) else 0.0

    def _is_read(self, variant: Variant, cost: str, baselines: Mapping[Cell, Variant]) -> bool:
        if cost == "none":
            return not variant.matched
        baseline = baselines.get(self.cell_of(variant))
        return baseline is not None and bool(abs(variant.costs[cost] / baseline.costs[cost] - 1) <= TOLERANCE)


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
    outlier: Annotated[Mapping[str, str], Field(exclude_if=not_)] = field(default_factory=dict)


CALIBRATION = TypeAdapter(Calibration)
