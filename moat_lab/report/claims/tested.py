"""What was tested of each claim: effect, interval, p, seeds and verdict, from the table that holds it."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from moat_lab.analysis import averaged, compared_as_asked, interaction_table, question_of, scores_over_cells
from moat_lab.analysis.interaction import WITH
from moat_lab.analysis.mechanism import NOT_TESTABLE, is_testable, mechanism_checks
from moat_lab.analysis.spending import ERROR
from moat_lab.records import Plan, Trained
from moat_lab.report.claims.names import OVER, changes_of
from moat_lab.report.names import names_by_reading

UNMATCHED = "no network of its own"
"""The verdict on a variant that a reading does not hold: without a match, or the same network as another."""
Row = Mapping[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """One effect, a fraction, with its 95 % interval; NaN where there is none.

    Attributes:
        p: after Holm.
        seeds: that all compared networks have, of all cells together.
        sd: deviation of the paired differences over seeds.
        cells: over which the effect is a mean, each with seeds of its own.
        compared: effects that share Holm's correction with this one.
        level: the error that this look at the data may spend.
    """

    effect: float = math.nan
    low: float = math.nan
    high: float = math.nan
    p: float = math.nan
    seeds: int = 0
    sd: float = math.nan
    cells: int = 1
    compared: int = 1
    level: float = ERROR
    verdict: str = UNMATCHED


def tested_by_reading(
    plan: Plan, table: pd.DataFrame, evaluations: Iterable[Trained]
) -> dict[str, dict[str, Tested]]:
    """Reading -> claim's name -> what was tested of it; a claim that the reading does not hold is left out.

    Variants share a family with all of the study, `A over B` and `A x B` with those of their reading.

    Args:
        table: `analysis.averaged_summary`.
    """
    study, plan, evaluations = plan, averaged(plan), tuple(evaluations)
    compared, level = int(table["p"].notna().sum()), question_of(plan).level
    cells = len(study.baselines)
    rows = {str(row["key"]): _of_summary(row, compared, level, cells) for row in table.to_dict("records")}
    found = {}
    for reading, keys in names_by_reading(plan).items():
        variants = {name: rows[keys[name]] for name in plan.claims if name in keys}
        found[reading] = variants | _pairs(study, keys, evaluations, level)
    for reading, interactions in _interactions(study, evaluations, level).items():
        found[reading] |= interactions
    return found


def _of_summary(row: Row, compared: int, level: float, cells: int) -> Tested:
    return Tested(
        effect=row["effect"],
        low=row["effect_low"],
        high=row["effect_high"],
        p=row["p_adjusted"],
        seeds=int(row["pairs"]),
        sd=row["sd"],
        cells=cells,
        compared=compared,
        level=level,
        verdict=row["verdict"],
    )


def _pairs(
    plan: Plan, keys: Mapping[str, str], evaluations: Iterable[Trained], level: float
) -> dict[str, Tested]:
    """`A over B` -> their comparison; of all such claims of a reading as one family."""
    claimed = {name: name.split(OVER, 1) for name in plan.claims if OVER in name}
    of = {name: (keys[a], keys[b]) for name, (a, b) in claimed.items() if a in keys and b in keys}
    scores = scores_over_cells(plan, evaluations) if of else {}
    blocks = {
        name: [(scores[a][cell], scores[b][cell]) for cell in scores[a] if cell in scores[b]]
        for name, (a, b) in of.items()
    }
    effects = {name: stated.effect for name, stated in plan.claims.items() if stated.effect}
    compared = compared_as_asked(averaged(plan), blocks, effects)
    checks = mechanism_checks(plan, evaluations)
    return {
        name: Tested(
            effect=c.effect.mean,
            low=c.effect.low,
            high=c.effect.high,
            p=c.adjusted_p,
            seeds=c.effect.n,
            sd=c.sd,
            cells=len(plan.baselines),
            compared=len(compared),
            level=level,
            verdict=c.verdict if is_testable(checks, of[name]) else NOT_TESTABLE,
        )
        for name, c in compared.items()
    }


def _interactions(plan: Plan, evaluations: Iterable[Trained], level: float) -> dict[str, dict[str, Tested]]:
    """Reading -> `A x B`, as the claim writes it -> the interaction."""
    claimed = [name for name in plan.claims if WITH in name]
    if not claimed:
        return {}
    found = {}
    for reading, rows in interaction_table(plan, evaluations).groupby("reading", sort=False):
        tested = {
            _changed(row): _of_interaction(row, len(rows), level, len(plan.baselines))
            for row in rows.to_dict("records")
        }
        found[str(reading)] = {
            name: tested[changes_of(name)] for name in claimed if changes_of(name) in tested
        }
    return found


def _changed(row: Row) -> frozenset[str]:
    return frozenset({f"{row['factor']}={row['level']}", f"{row['other_factor']}={row['other_level']}"})


def _of_interaction(row: Row, compared: int, level: float, cells: int) -> Tested:
    return Tested(
        effect=row["effect"],
        low=row["effect_low"],
        high=row["effect_high"],
        p=row["p_adjusted"],
        seeds=row["seeds"],
        sd=row["sd"],
        cells=cells,
        compared=compared,
        level=level,
        verdict=row["verdict"],
    )
