"""All results below a folder: the claims, effects and power of each study."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from moat_lab.analysis import averaged, averaged_summary
from moat_lab.analysis.calibration import calibration_table
from moat_lab.analysis.search_tables import search_summary
from moat_lab.errors import UserError
from moat_lab.lookup import TABLE
from moat_lab.records import (
    Calibration,
    Damaged,
    Plan,
    ResultsFolder,
    Search,
)
from moat_lab.records.recorded_table import read_table
from moat_lab.report.calibration import runs_of, unread_records
from moat_lab.report.claims import CheckedClaim, checked_claims
from moat_lab.report.claims.columns import claims_table
from moat_lab.report.names import labels, rows_by_reading
from moat_lab.report.search.pick import main_cost


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtremeEffect:
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
    extremes: dict[str, tuple[ExtremeEffect, ...]]
    claims: tuple[CheckedClaim, ...]
    detectable: float
    damaged: tuple[Damaged, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRow:
    """A search: how many networks it trained, and its frontier from the cheapest on, (cost, score)."""

    folder: str
    plan: Plan
    trained: int
    cost: str
    frontier: tuple[tuple[float, float], ...]
    damaged: tuple[Damaged, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationRow:
    """A calibration, and the table of `analysis.calibration_table`."""

    folder: str
    calibration: Calibration
    table: pd.DataFrame
    damaged: tuple[Damaged, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """A recorded table."""

    folder: str
    networks: int
    trainings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """All results below a folder, each kind by path; each file in `damaged` would be a row."""

    studies: tuple[StudyRow, ...]
    calibrations: tuple[CalibrationRow, ...]
    searches: tuple[SearchRow, ...]
    tables: tuple[TableRow, ...]
    damaged: tuple[Damaged, ...] = ()
    root: Path = Path()

    @property
    def unread(self) -> tuple[Damaged, ...]:
        """All files that could not be read, and are counted nowhere."""
        rows: tuple[StudyRow | CalibrationRow | SearchRow, ...]
        rows = (*self.studies, *self.calibrations, *self.searches)
        return (*self.damaged, *(item for row in rows for item in row.damaged))

    @property
    def claims_table(self) -> pd.DataFrame:
        """A row for each claim of each study in each reading, as `report.claims.columns`."""
        counted = {id(claim) for _, claim in self.claims}
        return claims_table(
            (row.folder, row.plan, claim, id(claim) in counted)
            for row in self.studies
            for claim in row.claims
        )

    @property
    def claims(self) -> tuple[tuple[StudyRow, CheckedClaim], ...]:
        """Each claim of the same two networks by the same recipe once, with the study that it is read in.

        That is the one with the most seeds; of several, an underpowered one, for its Holm is the strictest.
        """
        stated = [(row, claim) for row in self.studies for claim in row.claims]
        strictest = sorted(
            stated, key=lambda one: (-len(one[0].plan.seeds), one[1].agreement != "underpowered")
        )
        by_comparison = {_comparison(row, claim): claim for row, claim in reversed(strictest)}
        return tuple((row, claim) for row, claim in stated if by_comparison[_comparison(row, claim)] is claim)


def read_overview(root: Path) -> Overview:
    """Computed anew from the plans and evaluations below `root`; what cannot be read is left out."""
    found_plans = {folder: folder.find_plan() for folder in ResultsFolder.below(root)}
    parents = sorted({ResultsFolder(folder.path.parent) for folder in found_plans})
    found_calibrations = {folder: folder.find_calibration() for folder in parents}
    found_tables = [_recorded(root, path) for path in sorted(root.glob(f"**/{TABLE.file}"))]
    plans = {folder: plan for folder, plan in found_plans.items() if isinstance(plan, Plan)}
    calibrations = {folder: of for folder, of in found_calibrations.items() if isinstance(of, Calibration)}
    everything = (*found_plans.values(), *found_calibrations.values(), *found_tables)
    return Overview(
        studies=tuple(
            _study(root, folder, plan)
            for folder, plan in plans.items()
            if not plan.search and ResultsFolder(folder.path.parent) not in calibrations
        ),
        calibrations=tuple(
            _calibration(root, folder, calibration)
            for folder, calibration in calibrations.items()
            if not isinstance(found_plans.get(folder.schedule(calibration.schedules[0])), Damaged)
        ),
        searches=tuple(
            _search(root, folder, plan, plan.search) for folder, plan in plans.items() if plan.search
        ),
        tables=tuple(table for table in found_tables if isinstance(table, TableRow)),
        damaged=tuple(item for item in everything if isinstance(item, Damaged)),
        root=root,
    )


def _calibration(root: Path, folder: ResultsFolder, calibration: Calibration) -> CalibrationRow:
    return CalibrationRow(
        folder=_below(root, folder.path),
        calibration=calibration,
        table=calibration_table(runs_of(folder, calibration), calibration.outlier),
        damaged=unread_records(folder, calibration),
    )


def _study(root: Path, folder: ResultsFolder, plan: Plan) -> StudyRow:
    reading = folder.read()
    evaluations = reading.evaluations
    table, of = averaged_summary(plan, evaluations), averaged(plan)
    names = labels(of)
    return StudyRow(
        folder=_below(root, folder.path),
        plan=plan,
        extremes={reading: _extremes(rows, names) for reading, rows in rows_by_reading(of, table).items()},
        claims=checked_claims(plan, table, evaluations),
        detectable=float(table["detectable"].max()),
        damaged=reading.damaged,
    )


def _comparison(row: StudyRow, claim: CheckedClaim) -> tuple[str, ...]:
    """What two claims share where they are about one comparison."""
    if not claim.networks:
        return row.folder, claim.reading, claim.variant, claim.stated.claim
    return row.plan.recipe_key, *claim.networks, claim.stated.claim


def _extremes(rows: pd.DataFrame, names: dict[str, str]) -> tuple[ExtremeEffect, ...]:
    ordered = rows[rows["effect"].notna()].sort_values("effect", ascending=False, kind="stable")
    ends = ordered.iloc[[0, -1] if len(ordered) > 1 else slice(None)]
    return tuple(
        ExtremeEffect(
            variant=names[row["key"]],
            effect=row["effect"],
            low=row["effect_low"],
            high=row["effect_high"],
            verdict=row["verdict"],
        )
        for row in ends.to_dict("records")
    )


def _search(root: Path, folder: ResultsFolder, plan: Plan, search: Search) -> SearchRow:
    reading, cost = folder.read(), main_cost(search)
    table = search_summary(plan, reading)
    frontier = table[table["on_frontier"]].sort_values(cost)
    return SearchRow(
        folder=_below(root, folder.path),
        plan=plan,
        trained=int(table["score"].notna().sum()),
        cost=cost,
        frontier=tuple(zip(frontier[cost].astype(float), frontier["score"], strict=True)),
        damaged=reading.damaged,
    )


def _recorded(root: Path, path: Path) -> TableRow | Damaged:
    try:
        table = read_table(path)
    except UserError as error:
        return Damaged(path=path, reason=str(error))
    return TableRow(folder=_below(root, path.parent), networks=table["key"].nunique(), trainings=len(table))


def _below(root: Path, folder: Path) -> str:
    return folder.relative_to(root).as_posix()
