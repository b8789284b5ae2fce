"""The claims of an expected answer, each held against what was found."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from moat_lab.analysis import Judgement, judgement
from moat_lab.records import Plan
from moat_lab.report.labels import names_by_reading
from moat_lab.report.units import points

UNMATCHED = "no network of its own"
"""The verdict on a variant that a reading does not hold: without a match, or the same network as another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One claim in one reading; the effect is a fraction, NaN where there is none.

    Attributes:
        reading: of the plan's `match`.
        variant: as the claim names it.
    """

    reading: str
    variant: str
    expected: str
    effect: float
    low: float
    high: float
    verdict: str
    judgement: Judgement

    @property
    def found(self) -> str:
        """ "+0.42 [-0.10, +0.94], not distinguishable"."""
        effect = "" if math.isnan(self.effect) else f"{points(self.effect, self.low, self.high)}, "
        return effect + self.verdict


def judged(plan: Plan, table: pd.DataFrame) -> tuple[Judged, ...]:
    """Each claim that names a variant, in each reading, held against the verdicts of `analysis.summary`."""
    rows = {str(row["key"]): row for row in table.to_dict("records")}
    lost = claims_without_variant(plan, plan.claims)
    return tuple(
        _judged(reading, name, claim, rows.get(keys.get(name, ""), {}))
        for reading, keys in names_by_reading(plan).items()
        for name, claim in plan.claims.items()
        if name not in lost
    )


def claims_without_variant(plan: Plan, claims: Mapping[str, str]) -> tuple[str, ...]:
    """The names among `claims` that no variant has beside the baseline, which is compared with nothing."""
    known = {name for keys in names_by_reading(plan).values() for name in keys}
    return tuple(name for name in claims if name not in known)


def tally(claims: Sequence[Judged]) -> str:
    """ "2 agree, 1 contradicts, 1 cannot tell"."""
    times = Counter(claim.judgement for claim in claims)
    agree, contradict = times["agrees"], times["contradicts"]
    return (
        f"{agree} {'agrees' if agree == 1 else 'agree'}, "
        f"{contradict} {'contradicts' if contradict == 1 else 'contradict'}, "
        f"{times['cannot tell']} cannot tell"
    )


def _judged(reading: str, name: str, claim: str, row: Mapping[object, object]) -> Judged:
    verdict = str(row.get("verdict", UNMATCHED))
    effect, low, high = (
        float(str(row.get(column, math.nan))) for column in ("effect", "effect_low", "effect_high")
    )
    return Judged(
        reading=reading,
        variant=name,
        expected=claim,
        effect=effect,
        low=low,
        high=high,
        verdict=verdict,
        judgement=judgement(claim, verdict),
    )
