"""The claims of a study -> a section of report.md."""

from collections import Counter
from collections.abc import Iterable, Sequence

import pandas as pd

from moat_lab.analysis.interaction import WITH
from moat_lab.records import Plan, Trained
from moat_lab.records.claim import KINDS
from moat_lab.report.claims import CheckedClaim, checked_claims
from moat_lab.report.claims.names import OVER, claims_without_variant
from moat_lab.report.markdown import markdown_table
from moat_lab.report.names import reading_title
from moat_lab.report.units import NOTHING, code, points

_TITLES = ("variant", "claim", "kind", "source's effect", "effect, points [t 95 %], verdict", "agreement")
_SIGNS = {
    OVER: "`A over B` is A less B, paired by seed; the verdict is after Holm over such claims of a reading.",
    WITH: "`A x B` is what both changes do beyond the sum of what each does alone, as under Interactions.",
}


def tally(claims: Sequence[CheckedClaim]) -> str:
    """ "2 agree, 1 contradicts, 1 underpowered"; others are counted where there are any."""
    times = Counter(claim.agreement for claim in claims)
    agree, contradict = times["agrees"], times["contradicts"]
    counts = [
        f"{agree} {'agrees' if agree == 1 else 'agree'}",
        f"{contradict} {'contradicts' if contradict == 1 else 'contradict'}",
        f"{times['underpowered']} underpowered",
        *([f"{times['undecided']} undecided"] if times["undecided"] else []),
        *([f"{times['not testable']} not testable"] if times["not testable"] else []),
    ]
    return ", ".join(counts)


def claim_sections(plan: Plan, table: pd.DataFrame, evaluations: Iterable[Trained]) -> list[str]:
    """Each claim of the expected answer held against the verdicts; nothing where there is none."""
    if not plan.claims:
        return []
    checked = checked_claims(plan, table, evaluations)
    sections = ["## Against the expected answer"]
    for cost in plan.match:
        claims = [claim for claim in checked if claim.reading == cost]
        heading = [f"### {reading_title(cost)}"] if len(plan.match) > 1 else []
        if claims:
            rows = markdown_table("llllll", _TITLES, map(_row, claims))
            sections += [*heading, rows, f"Of the claims: {tally(claims)}."]
    sections += [text for sign, text in _SIGNS.items() if any(sign in claim.variant for claim in checked)]
    return [*sections, *_sources(plan), *_lost(plan)]


def source_effect(claim: CheckedClaim) -> str:
    """ "-0.60 points"; a dash where the source gives none."""
    effect = claim.stated.signed_effect
    return NOTHING if effect is None else f"{points(effect)} points"


def _row(claim: CheckedClaim) -> tuple[str, ...]:
    return (
        code(claim.variant),
        claim.stated.claim,
        claim.stated.kind or NOTHING,
        source_effect(claim),
        claim.evidence,
        claim.agreement,
    )


def _sources(plan: Plan) -> list[str]:
    """Where each claim stands, and when it was written; nothing where no claim says so."""
    lines = [f"- {code(name)}: {_origin(plan, name)}" for name, stated in plan.claims.items() if stated.kind]
    return ["Where the claims stand:", "\n".join(lines)] if lines else []


def _origin(plan: Plan, name: str) -> str:
    """ "a number read from a table of the source (deeplab2; MOAT-0, 224 px); written before the training"."""
    stated = plan.claims[name]
    place = "; ".join(filter(None, (stated.source or plan.source, stated.setting)))
    written = f"; written {stated.written} the training" if stated.written else ""
    return f"{KINDS[stated.kind]} ({place}){written}"


def _lost(plan: Plan) -> list[str]:
    lost = [f"{code(name)} ({plan.claims[name].claim})" for name in claims_without_variant(plan, plan.claims)]
    return [f"Names no variant, and is held against nothing: {', '.join(lost)}."] if lost else []
