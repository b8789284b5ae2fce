"""The claims of an overview, by who makes them: the rows of a table and of a forest plot."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from moat_lab.records.claim import FROM_PAPER
from moat_lab.report.claims import CheckedClaim
from moat_lab.report.names import same_cost
from moat_lab.report.overview import Overview, StudyRow

SYMBOLS = {"agrees": "✓", "contradicts": "✗", "undecided": "△", "underpowered": "○", "not testable": "–"}
"""Of a claim's agreement with the data."""
_ORIGINS = {
    "The paper's: a number, or a sentence of the abstract": FROM_PAPER,
    "What the official code does": ("code",),
    "Our own": ("own",),
    "Of no stated kind": ("",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestRow:
    """A claim: its effect in points, its 95 % interval and the source's effect; NaN where there is none."""

    label: str
    effect: float
    low: float
    high: float
    source_effect: float
    verdict: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForestInfo:
    """All that the figure shows: groups of claims by title."""

    groups: dict[str, tuple[ForestRow, ...]]


def claims_by_origin(overview: Overview) -> dict[str, list[tuple[StudyRow, CheckedClaim]]]:
    """Who makes them -> the claims that count, by study; only those that occur."""
    found = {
        title: [(row, claim) for row, claim in overview.claims if claim.stated.kind in kinds]
        for title, kinds in _ORIGINS.items()
    }
    return {title: claims for title, claims in found.items() if claims}


def forest_info(overview: Overview) -> ForestInfo:
    """The claims that have an effect."""
    groups = claims_by_origin(overview)
    rows = {title: _forest_rows(claims) for title, claims in groups.items()}
    return ForestInfo(groups={title: of for title, of in rows.items() if of})


def claim_name(claim: CheckedClaim) -> str:
    """The variant, with the cost to which its widths were scaled."""
    return claim.variant + ("" if claim.reading == "none" else same_cost(claim.reading))


def _forest_rows(claims: Sequence[tuple[StudyRow, CheckedClaim]]) -> tuple[ForestRow, ...]:
    return tuple(_forest_row(row, claim) for row, claim in claims if not math.isnan(claim.tested.effect))


def _forest_row(row: StudyRow, claim: CheckedClaim) -> ForestRow:
    tested, source = claim.tested, claim.stated.signed_effect
    return ForestRow(
        label=f"{row.folder}: {claim_name(claim)}: {claim.stated.claim} {SYMBOLS[claim.agreement]}",
        effect=100 * tested.effect,
        low=100 * tested.low,
        high=100 * tested.high,
        source_effect=math.nan if source is None else 100 * source,
        verdict=tested.verdict,
    )
