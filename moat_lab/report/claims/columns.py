"""The claims of many studies as a table: a row for each, in each reading."""

import math
from collections.abc import Iterable

import pandas as pd

from moat_lab.records import Plan
from moat_lab.report.claims import CheckedClaim
from moat_lab.report.units import in_points

_COLUMNS: dict[str, str] = {
    **dict.fromkeys(("study", "reading", "variant", "claim", "kind", "written", "source", "setting"), "str"),
    **dict.fromkeys(("network", "other_network"), "str"),
    "seeds": "int64",
    **dict.fromkeys(("effect", "effect_low", "effect_high", "p_adjusted", "source_effect"), "float64"),
    **dict.fromkeys(("asked", "power", "detectable"), "float64"),
    **dict.fromkeys(("verdict", "agreement", "would_take"), "str"),
    "counted": "bool",
}


def claims_table(claims: Iterable[tuple[str, Plan, CheckedClaim, bool]]) -> pd.DataFrame:
    """One row for each claim in each reading; effects are fractions.

    Columns: study (its folder), reading, variant, claim, kind, written, source and setting as stated, network
    and other_network (keys of what is compared; empty for an interaction), seeds, effect with its 95 %
    interval, p_adjusted (Holm), source_effect (signed), asked (the effect to be shown: the source's, else the
    margin, else half a point), power (to show it), detectable (with a power of 80 %), verdict, agreement,
    would_take (what would decide an underpowered claim), counted (False where another study with more seeds
    compares the same networks).

    Args:
        claims: folder of the study, its plan, the claim, and whether it counts.
    """
    rows = [_row(*one) for one in claims]
    return pd.DataFrame(rows, columns=list(_COLUMNS)).astype(_COLUMNS)


def _row(study: str, plan: Plan, claim: CheckedClaim, counted: bool) -> dict[str, object]:
    stated, tested = claim.stated, claim.tested
    network, other = claim.networks or ("", "")
    return {
        "study": study,
        "reading": claim.reading,
        "variant": claim.variant,
        "claim": stated.claim,
        "kind": stated.kind,
        "written": stated.written,
        "source": stated.source or plan.source,
        "setting": stated.setting,
        "network": network,
        "other_network": other,
        "seeds": tested.seeds,
        "effect": tested.effect,
        "effect_low": tested.low,
        "effect_high": tested.high,
        "p_adjusted": tested.p,
        "source_effect": math.nan if stated.signed_effect is None else stated.signed_effect,
        "asked": claim.asked,
        "power": claim.power,
        "detectable": claim.detectable,
        "verdict": tested.verdict,
        "agreement": claim.agreement,
        "would_take": would_take(plan, claim),
        "counted": counted,
    }


def would_take(plan: Plan, claim: CheckedClaim) -> str:
    """ "172 seeds for 0.5 points on digits"; empty where a claim is decided, or these seeds were enough."""
    cells = claim.tested.cells
    if claim.agreement != "underpowered" or cells * claim.needed_seeds <= claim.tested.seeds:
        return ""
    where = "" if cells == 1 else f" in each of {cells} cells"
    return f"{claim.needed_seeds:,} seeds{where} for {in_points(claim.asked)} on {plan.data}"
