"""An `Overview` -> the text of results/README.md."""

import math
from collections.abc import Sequence

from moat_lab.analysis.interaction import WITH
from moat_lab.report.calibration import calibration_sentence
from moat_lab.report.claims import CheckedClaim
from moat_lab.report.claims.columns import would_take
from moat_lab.report.claims.section import tally
from moat_lab.report.markdown import markdown_table
from moat_lab.report.names import reading_in_sentence, reading_title
from moat_lab.report.overview import CalibrationRow, ExtremeEffect, Overview, SearchRow, StudyRow, TableRow
from moat_lab.report.overview.forest import SYMBOLS, claim_name, claims_by_origin
from moat_lab.report.overview.shared import shared_lines
from moat_lab.report.provenance import damage_lines
from moat_lab.report.units import NOTHING, code, cost_name, count, percent, points, si

_CLAIMS = ("", "study", "variant", "claim", "effect, points [95 %]", "source's effect", "power")
_NEEDS = ("study", "variant", "would take", "or the source's data")
_STUDIES = (
    "study",
    "question",
    "expected",
    "found: best and worst effect, points [t 95 %]",
    "claims",
    "may be missed",
    "command",
)
_CALIBRATIONS = ("calibration", "question", "expected", "found", "command")
_SEARCHES = ("search", "question", "expected", "found", "command")
_TABLES = ("table", "networks", "trainings")
_INTRO = """\
Computed from `plan.json` and `evaluations/` of each folder by `python -m moat_lab overview results`.
[`claims.csv`](claims.csv) has a row for each claim in each reading: source, when it was written, seeds, p."""
_METHOD = """\
✓ the data agree, ✗ they contradict, ○ underpowered: too few seeds to tell, △ undecided with enough of them,
– not testable. Effects are points of the score, or of the share that learned a task, against the study's
baseline with the same seeds; symbols follow verdicts after Holm and all looks at the data. Power is
the share of such studies that would show the source's effect, or the margin where it states none. Studies
share networks: what several claim of the same two by the same recipe counts once, where most seeds are."""
_NEEDED = """\
Seeds that show the source's effect, or the margin where it states none, with a power of 80 %, after Holm,
with the deviation between seeds found here."""
_MISSED = """\
What may be missed are effects below the largest one, over variants, that is shown after Holm in 80 % of such
studies or more."""


def overview_markdown(overview: Overview) -> str:
    """The page; the same overview gives the same text."""
    sections = [
        "# Results",
        _INTRO,
        "## Claims",
        *_claim_sections(overview),
        *_folded("What the data contradict", _contradictions(overview)),
        *_folded("What the underpowered would take", _needs(overview)),
        *_folded("Studies: question, expectation, extremes", _studies(overview)),
        *_part("## Calibrations", _CALIBRATIONS, [_calibration(row) for row in overview.calibrations]),
        *_part("## Searches", _SEARCHES, [_search(row) for row in overview.searches]),
        *_part("## Recorded tables", _TABLES, [_table(row) for row in overview.tables]),
        *_unread(overview),
    ]
    return "\n\n".join(sections) + "\n"


def _unread(overview: Overview) -> list[str]:
    lines = damage_lines(overview.unread, overview.root)
    return ["## Could not be read, and counted nowhere", "\n".join(lines)] if lines else []


def _part(heading: str, titles: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    return [heading, markdown_table("l" * len(titles), titles, rows)] if rows else []


def _folded(summary: str, sections: Sequence[str]) -> list[str]:
    """Sections that a click opens; nothing where there are none."""
    return [f"<details><summary>{summary}</summary>", *sections, "</details>"] if sections else []


def _claim_sections(overview: Overview) -> list[str]:
    """One line for each claim that counts, by who makes it."""
    if not overview.claims:
        return ["No expected answer is stated as claims, so none was held against the data."]
    claims = [claim for _, claim in overview.claims]
    sections = [f"Of {count(len(claims), 'claim')}: {tally(claims)}."]
    sections += ["\n".join(lines)] if (lines := shared_lines(overview)) else []
    for title, group in claims_by_origin(overview).items():
        said = f"**{title}.** {tally([claim for _, claim in group])}."
        sections += [said, markdown_table("lllllrr", _CLAIMS, [_claim(*one) for one in group])]
    return [*sections, "![Forest plot of all claims](claims.png)", _METHOD]


def _claim(row: StudyRow, claim: CheckedClaim) -> tuple[str, ...]:
    power = NOTHING if math.isnan(claim.power) else f"{100 * claim.power:.0f} %"
    return (
        SYMBOLS[claim.agreement],
        _link(row.folder),
        code(claim_name(claim)),
        claim.stated.claim,
        claim.effect or claim.tested.verdict,
        points(claim.stated.signed_effect or math.nan),
        power,
    )


def _contradictions(overview: Overview) -> list[str]:
    """Where the data contradict the source of the expected answer."""
    lines = [_contradicted(row, claim) for row, claim in overview.claims if claim.agreement == "contradicts"]
    return ["\n".join(lines)] if lines else []


def _needs(overview: Overview) -> list[str]:
    """How many seeds would decide a claim, or which data the source has; nothing where all are decided."""
    rows = [
        (_link(row.folder), code(claim_name(claim)), text, claim.stated.setting or NOTHING)
        for row, claim in overview.claims
        if (text := would_take(row.plan, claim))
    ]
    return [markdown_table("llll", _NEEDS, rows), _NEEDED] if rows else []


def _contradicted(row: StudyRow, claim: CheckedClaim) -> str:
    reading = f" {reading_in_sentence(claim.reading)}" if len(row.plan.match) > 1 else ""
    source = claim.stated.source or row.plan.source
    than = " than the sum of both" if WITH in claim.variant else ""
    should = f"{code(claim.variant)} should be {claim.stated.claim}{than}{f' ({source})' if source else ''}"
    return f"- {_link(row.folder)}: {should}; found{reading}: {claim.evidence}."


def _studies(overview: Overview) -> list[str]:
    if not overview.studies:
        return []
    return [markdown_table("l" * len(_STUDIES), _STUDIES, map(_study, overview.studies)), _MISSED]


def _study(row: StudyRow) -> tuple[object, ...]:
    seeds = count(len(row.plan.seeds), "seed")
    missed = (
        NOTHING
        if math.isnan(row.detectable)
        else f"effects below {100 * row.detectable:.2f} points ({seeds})"
    )
    return (
        _link(row.folder),
        row.plan.question,
        _expected(row),
        _found(row),
        _claims(row),
        missed,
        code(row.plan.command),
    )


def _found(row: StudyRow) -> str:
    """Best and worst, in each reading."""
    parts = []
    for reading, extremes in row.extremes.items():
        text = "; ".join(map(_extreme, extremes)) or "nothing to compare has finished"
        parts.append(f"{reading_title(reading)}: {text}" if len(row.extremes) > 1 else text)
    return ". ".join(parts)


def _extreme(extreme: ExtremeEffect) -> str:
    effect = points(extreme.effect, extreme.low, extreme.high)
    return f"{code(extreme.variant)} {effect}, {extreme.verdict}"


def _claims(row: StudyRow) -> str:
    if not row.claims:
        return "name no variant" if row.plan.claims else "none stated"
    parts = [
        (f"{reading_title(reading)}: " if len(row.extremes) > 1 else "")
        + tally([claim for claim in row.claims if claim.reading == reading])
        for reading in row.extremes
    ]
    return ". ".join(parts)


def _search(row: SearchRow) -> tuple[object, ...]:
    text = f"{len(row.frontier)} of {count(row.trained, 'network')} on the frontier"
    if row.frontier:
        first, last = (
            f"{percent(score)} % at {si(cost)} {cost_name(row.cost)}"
            for cost, score in (row.frontier[0], row.frontier[-1])
        )
        text += f", from {first} to {last}"
    return (_link(row.folder), row.plan.question, _expected(row), text, code(row.plan.command))


def _calibration(row: CalibrationRow) -> tuple[object, ...]:
    calibration = row.calibration
    expected = (calibration.expectation or NOTHING) + (
        f" ({calibration.source})" if calibration.source else ""
    )
    return (
        _link(row.folder),
        calibration.question,
        expected,
        calibration_sentence(row.table),
        code(calibration.command),
    )


def _table(row: TableRow) -> tuple[object, ...]:
    return (f"[{code(row.folder)}]({row.folder}/README.md)", row.networks, row.trainings)


def _expected(row: StudyRow | SearchRow) -> str:
    return f"{row.plan.expectation or NOTHING}" + (f" ({row.plan.source})" if row.plan.source else "")


def _link(folder: str) -> str:
    return f"[{code(folder)}]({folder}/report.md)"
