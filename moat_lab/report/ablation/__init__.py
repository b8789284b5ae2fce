"""A study without a sampler: its plan, evaluations and summary -> the text of report.md."""

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from moat_lab.analysis import averaged, interaction_table, main_effects, question_of
from moat_lab.records import Evaluation, Plan, Reading, ResultsFolder
from moat_lab.records.plan import TOLERANCE
from moat_lab.report.ablation.answer import answer_sections
from moat_lab.report.ablation.by_cell import cell_sections
from moat_lab.report.ablation.looks import look_sections
from moat_lab.report.ablation.sentences import number_tested, verdict_sentences
from moat_lab.report.ablation.starting import starting_sections
from moat_lab.report.ablation.success import success_sections
from moat_lab.report.ablation.tuning import tuning_sections
from moat_lab.report.ablation.variance import variance_sections
from moat_lab.report.claims.section import claim_sections
from moat_lab.report.effects.fractional import main_effects_sections
from moat_lab.report.factors import factor_sections
from moat_lab.report.interaction.section import interaction_sections
from moat_lab.report.markdown import (
    expectation_sections,
    markdown_table,
    network_sections,
    problem_sections,
    provenance_sections,
)
from moat_lab.report.mechanism import mechanism_sections
from moat_lab.report.names import (
    labels,
    levels,
    names_with_twins,
    reading_title,
    rows_by_reading,
    varying_factors,
)
from moat_lab.report.units import code, cost_name, in_points, percent, points, probability, si

_METHOD = """\
{Score} is measured on one fixed validation split, after the last epoch. Brackets are Student's t intervals at
95 % over seeds: they hold what changes with the seed, {images}. The {score}
interval is unpaired; the effect is the mean over seeds of variant minus baseline with the same seed, so a
verdict may be firm where {score} intervals overlap. Its interval is of this effect alone; one by bootstrap,
which takes no distribution for granted, is in `summary.csv`. No deviation is taken to be smaller than
counting whole images makes it: that few seeds agree does not show that others would. p is of no effect, after
Holm over all variants of the study, and decides the verdict: in 95 % of such studies or more, none is called
better or worse without an effect. So an interval may exclude zero where the verdict is "not distinguishable".
"Equivalent", where a margin is stated, says that the effect lies within it (Schuirmann 1987), of each variant
alone. "Underpowered" is said in place of "not distinguishable" where the effect in question, that which the
source of the claim reports or else the margin, would be shown in less than half of such studies. What seeds
would show is said after Holm too, of the effect that it makes hardest to show. The tables for LaTeX are in
`table.tex`."""
_METHOD_OF_SHARES = """\
{Score} is measured on one fixed validation split, after the last epoch; its brackets are Student's t
intervals at 95 % over seeds: they hold what changes with the seed, {images}. p is of no effect, after Holm
over all variants of the study, and decides the verdict. "Equivalent", where a margin is stated, says that the
interval at twice the error lies within it. "Underpowered" is said in place of "not distinguishable" where a
difference as large as the margin, from the baseline's share, would be shown in less than half of such
studies. The tables for LaTeX are in `table.tex`."""
_FIGURES = """\
![Effects against the baseline](effects.png)

Bars are 95 % intervals of the effect; one that an arrow ends goes on. The mark tells the verdict.

![{Score} against MACs](accuracy_macs.png)

![{Score} against parameters](accuracy_params.png)

Bars are 95 % intervals of the mean. The stepped line is the frontier; what lies below it is faint: another
variant costs no more and reaches no less. The black diamond is the baseline. Points whose bars would hide
each other stand beside each other.

![Learning curves](curves.png)

Lines are means over seeds, bands reach from the lowest to the highest seed. The baseline is black; the mark
at the end of any other line tells its verdict. The view may leave out the first quarter of the training. Of
two readings it shows the first."""
_EFFECT, _SHARE = "effect, points [t 95 %]", "effect on the share that learned, points [95 %]"
_TITLES = (
    "seeds",
    "{score}, % [95 %]",
    "{effect}",
    "p (Holm)",
    "params",
    "MACs",
    "verdict",
)


def ablation_markdown(
    plan: Plan, reading: Reading[Evaluation], table: pd.DataFrame, folder: ResultsFolder
) -> str:
    """The report; the same arguments give the same text. Paths in it are relative to `folder`.

    Args:
        table: `analysis.averaged_summary`.
    """
    of, score = averaged(plan), plan.task.metric
    sections = [
        f"# {plan.name}",
        *answer_sections(of, table),
        f"**Question.** {plan.question}",
        *expectation_sections(plan),
        *factor_sections(plan),
        *main_effects_sections(plan, main_effects(plan, reading.evaluations)),
        "## Result",
        *result_sections(of, table, labels(of)),
        *cell_sections(plan, reading.evaluations),
        *success_sections(plan, reading.evaluations),
        *tuning_sections(plan, reading.evaluations),
        *starting_sections(plan, reading.evaluations),
        (_METHOD if plan.success is None else _METHOD_OF_SHARES).format(
            score=score.title, Score=score.heading, images=_images(plan)
        ),
        *look_sections(plan),
        *variance_sections(plan, reading.evaluations, folder.path.parent),
        *_stopping(plan, table),
        *mechanism_sections(plan, reading.evaluations),
        *claim_sections(plan, table, reading.evaluations),
        *interaction_sections(plan, interaction_table(plan, reading.evaluations)),
        *problem_sections(plan, reading, names_with_twins(plan), folder),
        "## Figures",
        _FIGURES.format(Score=score.heading),
        *provenance_sections(plan, reading),
        *network_sections(plan, names_with_twins(plan)),
    ]
    return "\n\n".join(sections) + "\n"


def _images(plan: Plan) -> str:
    """What intervals say of other images."""
    if plan.recipe.get("split") == "per_seed":
        return "the training images too, and not what would change with other images of val"
    return "not what would change with other images"


def _stopping(plan: Plan, table: pd.DataFrame) -> list[str]:
    """The rule by which seeds were added, and whether its end was reached; nothing where there was none."""
    if plan.target_half_width is None:
        return []
    widest = float(((table["effect_high"] - table["effect_low"]) / 2).max())
    ended = "reached" if widest <= plan.target_half_width * (1 + 1e-9) else "not reached"
    outcome = "none has one"
    if widest == widest:
        outcome = f"that was {ended}: the widest reaches {100 * widest:.2f}"
    return [
        "Seeds were added until the 95 % interval of each effect reached at most "
        f"{in_points(plan.target_half_width)} to each side; {outcome}. Such a rule stops sooner where "
        "spreads look small by chance, so each deviation is taken to be 1 + 2/n times what its n seeds show "
        "(Anscombe 1953)."
    ]


def result_sections(plan: Plan, table: pd.DataFrame, names: Mapping[str, str]) -> list[str]:
    """Verdicts in words and in a table for each reading, under its name where there are two."""
    score = plan.task.metric
    if not plan.variants:
        return [verdict_sentences(table, names, score=score.title), "The plan has no variants."]
    sections, compared, level = [], number_tested(table), question_of(plan).level
    for cost, rows in rows_by_reading(plan, table).items():
        heading = [f"### {reading_title(cost)}"] if len(plan.match) > 1 else []
        sentences = verdict_sentences(
            rows, names, plan.margin, score=score.title, compared=compared, level=level
        )
        sections += [*heading, sentences, _table(rows, names, cost, plan), *_scaled(cost)]
    return [*sections, *_unmatched(plan), *_full_baseline(plan)]


def _table(rows: pd.DataFrame, names: Mapping[str, str], cost: str, plan: Plan) -> str:
    """Where widths are scaled, they stand behind the variant."""
    widths = ["widths"] if cost != "none" else []
    cells = [
        [code(names[row["key"]]), *(_widths(row["network"]) for _ in widths), *_row(row)]
        for row in rows.to_dict("records")
    ]
    effect = _EFFECT if plan.success is None else _SHARE
    titles = [title.format(score=plan.task.metric.title, effect=effect) for title in _TITLES]
    return markdown_table("l" * (1 + len(widths)) + "rrrrrrl", ["variant", *widths, *titles], cells)


def _row(row: Mapping[Any, Any]) -> tuple[str, ...]:
    return (
        str(row["seeds"]) + (f" (+{row['failed']} failed)" if row["failed"] else ""),
        percent(row["score"], row["score_low"], row["score_high"]),
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
