"""All results below a folder: what each study expected, what it found, and what it could not have seen."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from moat_lab.analysis import summary
from moat_lab.analysis.calibration import calibration
from moat_lab.analysis.found import found
from moat_lab.records import (
    Calibration,
    Plan,
    Search,
    read_calibration,
    read_plan,
    read_results,
    results_folders,
)
from moat_lab.records.table import FILE as TABLE
from moat_lab.report.calibration import runs_of
from moat_lab.report.expected import Judged, judged
from moat_lab.report.labels import labels
from moat_lab.report.picked import drawn_cost
from moat_lab.report.readings import tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Extreme:
    """A variant with the largest or the smallest effect of a reading; fractions."""

    variant: str
    effect: float
    low: float
    high: float
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyRow:
    """A study without a sampler.

    Attributes:
        folder: below the root.
        extremes: reading -> best and worst variant; one where there is one, none where nothing finished.
        claims: of the expected answer, each in each reading.
        detectable: the largest over variants of the smallest effect that the seeds show, a fraction; NaN
            without two seeds.
    """

    folder: str
    plan: Plan
    extremes: dict[str, tuple[Extreme, ...]]
    claims: tuple[Judged, ...]
    detectable: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRow:
    """A search: how many networks it trained, and its frontier from the cheapest on, (cost, top-1)."""

    folder: str
    plan: Plan
    trained: int
    cost: str
    frontier: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationRow:
    """A calibration, and the table of `analysis.calibration`."""

    folder: str
    asked: Calibration
    table: pd.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """A recorded table."""

    folder: str
    networks: int
    trainings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """All results below a folder, each kind by path."""

    studies: tuple[StudyRow, ...]
    calibrations: tuple[CalibrationRow, ...]
    searches: tuple[SearchRow, ...]
    tables: tuple[TableRow, ...]

    @property
    def claims(self) -> tuple[tuple[StudyRow, Judged], ...]:
        """Each claim of the same two networks by the same recipe once, with the study that it is read in.

        That is the one with the most seeds; of several, one that cannot tell, for its Holm is the strictest.
        """
        stated = [(row, claim) for row in self.studies for claim in row.claims]
        strictest = sorted(
            stated, key=lambda one: (-len(one[0].plan.seeds), one[1].judgement != "cannot tell")
        )
        kept = {_comparison(row, claim): (row, claim) for row, claim in reversed(strictest)}
        return tuple((row, claim) for row, claim in stated if kept[_comparison(row, claim)][1] is claim)


def overview(root: Path) -> Overview:
    """Computed anew from the plans and evaluations below `root`.

    Raises:
        UserError: a plan is damaged.
    """
    plans = {folder: read_plan(folder) for folder in results_folders(root)}
    calibrations = {
        folder: asked
        for folder in sorted({folder.parent for folder in plans})
        if (asked := read_calibration(folder)) is not None
    }
    return Overview(
        studies=tuple(
            _study(root, folder, plan)
            for folder, plan in plans.items()
            if not plan.search and folder.parent not in calibrations
        ),
        calibrations=tuple(
            CalibrationRow(
                folder=_below(root, folder), asked=asked, table=calibration(runs_of(folder, asked))
            )
            for folder, asked in calibrations.items()
        ),
        searches=tuple(
            _search(root, folder, plan, plan.search) for folder, plan in plans.items() if plan.search
        ),
        tables=tuple(_recorded(root, path) for path in sorted(root.glob(f"**/{TABLE}"))),
    )


def _study(root: Path, folder: Path, plan: Plan) -> StudyRow:
    evaluations = read_results(folder).evaluations
    table = summary(plan, evaluations)
    names = labels(plan)
    return StudyRow(
        folder=_below(root, folder),
        plan=plan,
        extremes={reading: _extremes(rows, names) for reading, rows in tables(plan, table).items()},
        claims=judged(plan, table, evaluations),
        detectable=float(table["detectable"].max()),
    )


def _comparison(row: StudyRow, claim: Judged) -> tuple[str, ...]:
    """What two claims share where they are about one comparison."""
    if not claim.networks:
        return row.folder, claim.reading, claim.variant, claim.expected
    return row.plan.recipe_key, *claim.networks, claim.expected


def _extremes(rows: pd.DataFrame, names: dict[str, str]) -> tuple[Extreme, ...]:
    ordered = rows[rows["effect"].notna()].sort_values("effect", ascending=False, kind="stable")
    ends = ordered.iloc[[0, -1] if len(ordered) > 1 else slice(None)]
    return tuple(
        Extreme(
            variant=names[row["key"]],
            effect=row["effect"],
            low=row["effect_low"],
            high=row["effect_high"],
            verdict=row["verdict"],
        )
        for row in ends.to_dict("records")
    )


def _search(root: Path, folder: Path, plan: Plan, search: Search) -> SearchRow:
    table, cost = found(plan, read_results(folder)), drawn_cost(search)
    frontier = table[table["on_frontier"]].sort_values(cost)
    return SearchRow(
        folder=_below(root, folder),
        plan=plan,
        trained=int(table["top1"].notna().sum()),
        cost=cost,
        frontier=tuple(zip(frontier[cost].astype(float), frontier["top1"], strict=True)),
    )


def _recorded(root: Path, path: Path) -> TableRow:
    table = pd.read_csv(path, dtype={"key": "str"})
    return TableRow(folder=_below(root, path.parent), networks=table["key"].nunique(), trainings=len(table))


def _below(root: Path, folder: Path) -> str:
    return folder.relative_to(root).as_posix()
