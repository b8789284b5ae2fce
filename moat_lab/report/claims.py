"""The claims of an expected answer, each held against the data."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from moat_lab.analysis import (
    Agreement,
    agreement,
    baseline_levels,
    compare_pairs,
    design_points,
    interaction_table,
    interactions,
    scores_of,
)
from moat_lab.analysis.mechanism import NOT_TESTABLE, is_testable, mechanism_checks
from moat_lab.records import Plan, Trained
from moat_lab.report.markdown import markdown_table
from moat_lab.report.names import names_by_reading, reading_title
from moat_lab.report.units import code, points

OVER, WITH = " over ", " x "
"""`A over B` is about two variants, `FACTOR=LEVEL x FACTOR=LEVEL` about the interaction of two changes."""
UNMATCHED = "no network of its own"
"""The verdict on a variant that a reading does not hold: without a match, or the same network as another."""
Row = Mapping[Any, Any]
_TITLES = ("variant", "claim", "effect, points [t 95 %], verdict", "agreement")
_SIGNS = {
    OVER: "`A over B` is A less B, paired by seed; the verdict is after Holm over such claims of a reading.",
    WITH: "`A x B` is what both changes do beyond the sum of what each does alone, as under Interactions.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedClaim:
    """One claim in one reading; the effect is a fraction, NaN where there is none.

    Attributes:
        reading: of the plan's `match`.
        variant: as the claim names it.
        networks: keys of the two that are compared; empty for an interaction, and where one is missing.
    """

    reading: str
    variant: str
    claim: str
    effect: float
    low: float
    high: float
    verdict: str
    agreement: Agreement
    networks: tuple[str, ...] = ()

    @property
    def evidence(self) -> str:
        """ "+0.42 [-0.10, +0.94], not distinguishable"."""
        effect = "" if math.isnan(self.effect) else f"{points(self.effect, self.low, self.high)}, "
        return effect + self.verdict


def checked_claims(
    plan: Plan, table: pd.DataFrame, evaluations: Iterable[Trained]
) -> tuple[CheckedClaim, ...]:
    """Each claim in each reading, held against the verdicts of `analysis.summary`, or its like for two
    variants or an interaction; a claim that names nothing is left out.
    """
    evaluations = tuple(evaluations)
    rows = {str(row["key"]): row for row in table.to_dict("records")}
    lost, checks = claims_without_variant(plan, plan.claims), mechanism_checks(plan, evaluations)
    together = interaction_table(plan, evaluations) if any(WITH in name for name in plan.claims) else None
    checked = []
    for reading, keys in names_by_reading(plan).items():
        pairs = _pairs(plan, keys, evaluations)
        changed = {} if together is None else _by_changes(together[together["reading"] == reading])
        for name, claim in plan.claims.items():
            if name not in lost:
                row = pairs.get(name) or changed.get(_changes(name)) or rows.get(keys.get(name, ""), {})
                networks = _networks(plan, name, keys)
                if OVER in name and not is_testable(checks, networks):
                    row = {**row, "verdict": NOT_TESTABLE}
                checked.append(_checked(reading, name, claim, row, networks))
    return tuple(checked)


def claims_without_variant(plan: Plan, claims: Iterable[str]) -> tuple[str, ...]:
    """The names among `claims` that the plan has nothing for.

    Claims may name variants other than the baseline, which is compared with nothing, and interactions
    whose four corners are among the points.
    """
    variants = {name for keys in names_by_reading(plan).values() for name in keys}
    together = claimable_interactions(plan) if any(WITH in name for name in claims) else ()
    changes = {_changes(name) for name in together}
    return tuple(
        name
        for name in claims
        if (_changes(name) not in changes if WITH in name else not variants.issuperset(name.split(OVER, 1)))
    )


def claimable_interactions(plan: Plan) -> tuple[str, ...]:
    """What claims may call the interactions whose four corners are among the plan's points."""
    names: dict[str, None] = {}
    for untrained in design_points(plan, ()).values():
        there = [replace(point, scores={0: 0.0}) for point in untrained]
        for one in interactions(there, baseline_levels(plan)):
            names[WITH.join(f"{factor}={level}" for factor, level in one.changes.items())] = None
    return tuple(names)


def tally(claims: Sequence[CheckedClaim]) -> str:
    """ "2 agree, 1 contradicts, 1 underpowered"; what is not testable is counted where there is any."""
    times = Counter(claim.agreement for claim in claims)
    agree, contradict = times["agrees"], times["contradicts"]
    counts = [
        f"{agree} {'agrees' if agree == 1 else 'agree'}",
        f"{contradict} {'contradicts' if contradict == 1 else 'contradict'}",
        f"{times['underpowered']} underpowered",
        *([f"{times['not testable']} not testable"] if times["not testable"] else []),
    ]
    return ", ".join(counts)


def claim_sections(plan: Plan, table: pd.DataFrame, evaluations: Iterable[Trained]) -> list[str]:
    """Each claim of the expected answer held against the verdicts; nothing where there is none."""
    if not plan.claims:
        return []
    sections = ["## Against the expected answer"]
    checked = checked_claims(plan, table, evaluations)
    for cost in plan.match:
        claims = [claim for claim in checked if claim.reading == cost]
        heading = [f"### {reading_title(cost)}"] if len(plan.match) > 1 else []
        rows = [(code(c.variant), c.claim, c.evidence, c.agreement) for c in claims]
        if rows:
            sections += [
                *heading,
                markdown_table("llll", _TITLES, rows),
                f"Of the claims: {tally(claims)}.",
            ]
    sections += [text for sign, text in _SIGNS.items() if any(sign in claim.variant for claim in checked)]
    lost = [f"{code(name)} ({plan.claims[name]})" for name in claims_without_variant(plan, plan.claims)]
    return sections + ([f"Names no variant, and is held against nothing: {', '.join(lost)}."] if lost else [])


def _changes(name: str) -> frozenset[str]:
    """Two changes, whichever stands first; one where no interaction is meant."""
    return frozenset(name.split(WITH))


def _pairs(plan: Plan, keys: Mapping[str, str], evaluations: Iterable[Trained]) -> dict[str, Row]:
    """`A over B` -> their comparison; of all such claims of a reading as one family."""
    claimed = {name: name.split(OVER, 1) for name in plan.claims if OVER in name}
    of = {name: (keys[a], keys[b]) for name, (a, b) in claimed.items() if a in keys and b in keys}
    scores = scores_of(plan, evaluations) if of else {}
    pairs = {name: (scores[a], scores[b]) for name, (a, b) in of.items()}
    compared = compare_pairs(
        pairs, margin=plan.margin, step=plan.step, stopped_by_width=plan.target_half_width is not None
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


def _checked(reading: str, name: str, claim: str, row: Row, networks: tuple[str, ...]) -> CheckedClaim:
    verdict = str(row.get("verdict", UNMATCHED))
    effect, low, high = (
        float(str(row.get(column, math.nan))) for column in ("effect", "effect_low", "effect_high")
    )
    return CheckedClaim(
        reading=reading,
        variant=name,
        claim=claim,
        effect=effect,
        low=low,
        high=high,
        verdict=verdict,
        agreement=agreement(claim, verdict),
        networks=networks,
    )
