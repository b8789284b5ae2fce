"""The result of a study in words and tables, for each reading; and against the expected answer."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from moat_lab.records import Plan, Trained
from moat_lab.records.plan import TOLERANCE
from moat_lab.report.ablation.sentences import verdict_sentences
from moat_lab.report.claims import OVER, WITH, checked_claims, claims_without_variant, tally
from moat_lab.report.names import levels, varying_factors
from moat_lab.report.power import number_tested
from moat_lab.report.readings import reading_title, rows_by_reading
from moat_lab.report.units import code, cost_name, percent, points, probability, si

_HEADER = "seeds | top-1, % [95 %] | effect, points [t 95 %] | p (Holm) | params | MACs | verdict"
_ALIGN = "---: | ---: | ---: | ---: | ---: | ---: | ---"
_CLAIMS = "| variant | expected | found: effect, points [t 95 %], verdict | judgement |"
_CLAIMS_ALIGN = "| --- | --- | --- | --- |"
_SIGNS = {
    OVER: "`A over B` is A less B, paired by seed; the verdict is after Holm over such claims of a reading.",
    WITH: "`A x B` is what both changes do beyond the sum of what each does alone, as under Interactions.",
}


def result_sections(plan: Plan, table: pd.DataFrame, names: Mapping[str, str]) -> list[str]:
    """Finding and table of each reading, under its name where there are two."""
    if not plan.variants:
        return [verdict_sentences(table, names), "The plan has no variants."]
    sections, compared = [], number_tested(table)
    for cost, rows in rows_by_reading(plan, table).items():
        heading = [f"### {reading_title(cost)}"] if len(plan.match) > 1 else []
        sentences = verdict_sentences(rows, names, plan.margin, compared=compared)
        sections += [*heading, sentences, _table(rows, names, cost), *_scaled(cost)]
    return [*sections, *_unmatched(plan), *_full_baseline(plan)]


def claim_sections(plan: Plan, table: pd.DataFrame, evaluations: Iterable[Trained]) -> list[str]:
    """Each claim of the expected answer held against the verdicts; nothing where none was stated."""
    if not plan.claims:
        return []
    sections = ["## Against the expected answer"]
    checked = checked_claims(plan, table, evaluations)
    for cost in plan.match:
        claims = [claim for claim in checked if claim.reading == cost]
        heading = [f"### {reading_title(cost)}"] if len(plan.match) > 1 else []
        rows = [_cells(code(c.variant), c.claim, c.evidence, c.agreement) for c in claims]
        if rows:
            sections += [
                *heading,
                "\n".join([_CLAIMS, _CLAIMS_ALIGN, *rows]),
                f"Of the claims: {tally(claims)}.",
            ]
    sections += [text for sign, text in _SIGNS.items() if any(sign in claim.variant for claim in checked)]
    lost = [f"{code(name)} ({plan.claims[name]})" for name in claims_without_variant(plan, plan.claims)]
    return sections + ([f"Names no variant, and is held against nothing: {', '.join(lost)}."] if lost else [])


def _table(rows: pd.DataFrame, names: Mapping[str, str], cost: str) -> str:
    """Where widths are scaled, they stand behind the variant."""
    scaled = cost != "none"
    header = _cells("variant", *["widths"] * scaled, _HEADER), _cells("---", *["---"] * scaled, _ALIGN)
    lines = [
        _cells(code(names[row["key"]]), *[_widths(row["network"])] * scaled, *_row(row))
        for row in rows.to_dict("records")
    ]
    return "\n".join([*header, *lines])


def _row(row: Mapping[Any, Any]) -> tuple[str, ...]:
    return (
        str(row["seeds"]) + (f" (+{row['failed']} failed)" if row["failed"] else ""),
        percent(row["top1"], row["top1_low"], row["top1_high"]),
        points(row["effect"], row["effect_low"], row["effect_high"]),
        probability(row["p_adjusted"]),
        si(row["params"]),
        si(row["macs"]),
        row["verdict"],
    )


def _widths(network: str) -> str:
    """Of the stages: "16/32/64"."""
    return "/".join(re.findall(r"@(\d+)", network))


def _scaled(cost: str) -> list[str]:
    if cost == "none":
        return []
    within = f"within {100 * TOLERANCE:g} % of the baseline's"
    return [
        f"Widths of stages are scaled until the {cost_name(cost)} of a network are {within}. They keep to "
        "whole heads, so that often one stage alone is wider or narrower."
    ]


def _unmatched(plan: Plan) -> list[str]:
    if not plan.unmatched:
        return []
    return [
        "Could not be matched, and are not in the table:",
        "\n".join(f"- {line}" for line in plan.unmatched),
    ]


def _full_baseline(plan: Plan) -> list[str]:
    """What `baseline` stands for, where rows are named by what differs from it."""
    if len(varying_factors(plan)) < 2:
        return []
    baseline = next(variant for variant in plan.variants if variant.key == plan.baseline)
    full = levels(baseline.factors, varying_factors(plan))
    return [f"The baseline is `{full}`; the other rows name what differs from it."]


def _cells(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
