"""The claims of an expected answer, each held against what was found."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from moat_lab.analysis import (
    Judgement,
    baseline_levels,
    compare_pairs,
    interaction_table,
    interactions,
    judgement,
    points_of,
    scores_of,
)
from moat_lab.records import Plan, Trained
from moat_lab.report.names import names_by_reading
from moat_lab.report.units import points

OVER, WITH = " over ", " x "
"""`A over B` is about two variants, `FACTOR=LEVEL x FACTOR=LEVEL` about the interaction of two changes."""
UNMATCHED = "no network of its own"
"""The verdict on a variant that a reading does not hold: without a match, or the same network as another."""
Row = Mapping[Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One claim in one reading; the effect is a fraction, NaN where there is none.

    Attributes:
        reading: of the plan's `match`.
        variant: as the claim names it.
        networks: keys of the two that are compared; empty for an interaction, and where one is missing.
    """

    reading: str
    variant: str
    expected: str
    effect: float
    low: float
    high: float
    verdict: str
    judgement: Judgement
    networks: tuple[str, ...] = ()

    @property
    def found(self) -> str:
        """ "+0.42 [-0.10, +0.94], not distinguishable"."""
        effect = "" if math.isnan(self.effect) else f"{points(self.effect, self.low, self.high)}, "
        return effect + self.verdict


def judged(plan: Plan, table: pd.DataFrame, evaluations: Iterable[Trained]) -> tuple[Judged, ...]:
    """Each claim in each reading, held against the verdicts of `analysis.summary`, or its like for two
    variants or an interaction; a claim that names nothing is left out.
    """
    known = tuple(evaluations)
    found = {str(row["key"]): row for row in table.to_dict("records")}
    lost = claims_without_variant(plan, plan.claims)
    together = interaction_table(plan, known) if any(WITH in name for name in plan.claims) else None
    judgements = []
    for reading, keys in names_by_reading(plan).items():
        pairs = _pairs(plan, keys, known)
        changed = {} if together is None else _by_changes(together[together["reading"] == reading])
        for name, claim in plan.claims.items():
            if name not in lost:
                row = pairs.get(name) or changed.get(_changes(name)) or found.get(keys.get(name, ""), {})
                networks = _networks(plan, name, keys)
                judgements.append(_judged(reading, name, claim, row, networks))
    return tuple(judgements)


def claims_without_variant(plan: Plan, claims: Iterable[str]) -> tuple[str, ...]:
    """The names among `claims` that the plan has nothing for.

    Variants are known but for the baseline, which is compared with nothing; interactions whose four corners
    are among the points.
    """
    variants = {name for keys in names_by_reading(plan).values() for name in keys}
    together = interaction_names(plan) if any(WITH in name for name in claims) else ()
    changes = {_changes(name) for name in together}
    return tuple(
        name
        for name in claims
        if (_changes(name) not in changes if WITH in name else not variants.issuperset(name.split(OVER, 1)))
    )


def interaction_names(plan: Plan) -> tuple[str, ...]:
    """What claims may call the interactions whose four corners are among the plan's points."""
    named: dict[str, None] = {}
    for known in points_of(plan, ()).values():
        there = [replace(point, scores={0: 0.0}) for point in known]
        for one in interactions(there, baseline_levels(plan)):
            named[WITH.join(f"{factor}={level}" for factor, level in one.changes.items())] = None
    return tuple(named)


def tally(claims: Sequence[Judged]) -> str:
    """ "2 agree, 1 contradicts, 1 cannot tell"."""
    times = Counter(claim.judgement for claim in claims)
    agree, contradict = times["agrees"], times["contradicts"]
    return (
        f"{agree} {'agrees' if agree == 1 else 'agree'}, "
        f"{contradict} {'contradicts' if contradict == 1 else 'contradict'}, "
        f"{times['cannot tell']} cannot tell"
    )


def _changes(name: str) -> frozenset[str]:
    """Two changes, whichever stands first; one where no interaction is meant."""
    return frozenset(name.split(WITH))


def _pairs(plan: Plan, keys: Mapping[str, str], known: Iterable[Trained]) -> dict[str, Row]:
    """`A over B` -> their comparison; of all such claims of a reading as one family."""
    claimed = {name: name.split(OVER, 1) for name in plan.claims if OVER in name}
    of = {name: (keys[a], keys[b]) for name, (a, b) in claimed.items() if a in keys and b in keys}
    scores = scores_of(plan, known) if of else {}
    pairs = {name: (scores[a], scores[b]) for name, (a, b) in of.items()}
    compared = compare_pairs(
        pairs, margin=plan.margin, step=plan.step, stopped_by_width=plan.until is not None
    )
    return {
        name: {
            "effect": c.effect.mean,
            "effect_low": c.effect.low,
            "effect_high": c.effect.high,
            "verdict": c.verdict,
        }
        for name, c in compared.items()
    }


def _by_changes(table: pd.DataFrame) -> dict[frozenset[str], Row]:
    return {
        frozenset({f"{row['factor']}={row['level']}", f"{row['other_factor']}={row['other_level']}"}): row
        for row in table.to_dict("records")
    }


def _networks(plan: Plan, name: str, keys: Mapping[str, str]) -> tuple[str, ...]:
    first, *second = name.split(OVER, 1)
    both = (keys.get(first, ""), keys.get(second[0], "") if second else plan.baseline)
    return both if all(both) else ()


def _judged(reading: str, name: str, claim: str, row: Row, networks: tuple[str, ...]) -> Judged:
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
        networks=networks,
    )
