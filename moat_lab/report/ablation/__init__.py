"""A plan, its evaluations and their summary -> the text of report.md."""

import math
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import yaml

from moat_lab.analysis import interaction_table, main_effects
from moat_lab.analysis.tables import counted
from moat_lab.records import RETRY, Plan, Reading
from moat_lab.report.ablation.tables import claim_sections, result_sections
from moat_lab.report.effects.fractional import main_effects_sections
from moat_lab.report.interaction.section import interaction_sections
from moat_lab.report.names import labels
from moat_lab.report.provenance import damage_lines, environment_lines, failure_lines
from moat_lab.report.units import count, duration

_METHOD = """\
Top-1 is measured on one fixed validation split, after the last epoch. Brackets are Student's t intervals at
95 % over seeds: they hold what changes with the seed, not what would change with other images. The top-1
interval is unpaired; the effect is the mean over seeds of variant minus baseline with the same seed, so a
verdict may be firm where top-1 intervals overlap. Its interval is of this effect alone; one by bootstrap,
which takes no distribution for granted, is in `summary.csv`. No deviation is taken to be smaller than
counting whole images makes it: that few seeds agree does not show that others would. p is of no effect, after
Holm over all variants of the study, and decides the verdict: in 95 % of such studies or more, none is called
better or worse without an effect. So an interval may exclude zero where the verdict is "not distinguishable".
"Equivalent", where a margin is stated, says that the 90 % interval lies within it (Schuirmann 1987), of each
variant alone. What seeds would show is said after Holm too, of the effect that it makes hardest to show. The
tables for LaTeX are in `table.tex`."""
_FIGURES = """\
![Effects against the baseline](effects.png)

Bars are 95 % intervals of the effect; one that an arrow ends goes on. The mark tells the verdict.

![Top-1 against MACs](accuracy_macs.png)

![Top-1 against parameters](accuracy_params.png)

Bars are 95 % intervals of the mean. The stepped line is the frontier; what lies below it is faint: another
variant costs no more and reaches no less. The diamond is the baseline.

![Learning curves](curves.png)

Lines are means over seeds, bands reach from the lowest to the highest seed. The baseline is black; the mark
at the end of any other line tells its verdict. The view may leave out the first quarter of the training. Of
two readings it shows the first."""


def ablation_markdown(plan: Plan, reading: Reading, table: pd.DataFrame, folder: Path) -> str:
    """The whole report; the same arguments give the same text. Paths in it are relative to `folder`."""
    names = labels(plan)
    sections = [
        f"# {plan.name}",
        f"**Question.** {plan.question}",
        *expectation_sections(plan),
        *main_effects_sections(plan, main_effects(plan, reading.evaluations)),
        "## Result",
        *result_sections(plan, table, names),
        _METHOD,
        *_stopping(plan, table),
        *claim_sections(plan, table, reading.evaluations),
        *interaction_sections(plan, interaction_table(plan, reading.evaluations)),
        *problem_sections(plan, reading, names, folder),
        "## Figures",
        _FIGURES,
        *provenance_sections(plan, reading),
        *network_sections(plan, names),
    ]
    return "\n\n".join(sections) + "\n"


def _stopping(plan: Plan, table: pd.DataFrame) -> list[str]:
    """The rule by which seeds were added, and whether its end was reached; nothing where there was none."""
    if plan.until is None:
        return []
    widest = float(((table["effect_high"] - table["effect_low"]) / 2).max())
    ended = "reached" if widest <= plan.until * (1 + 1e-9) else "not reached"
    outcome = "none has one"
    if widest == widest:
        outcome = f"that was {ended}: the widest reaches {100 * widest:.2f}"
    return [
        "Seeds were added until the 95 % interval of each effect reached at most "
        f"{100 * plan.until:g} points to each side; {outcome}. Such a rule stops sooner where spreads look "
        "small by chance, so each deviation is taken to be 1 + 2/n times what its n seeds show "
        "(Anscombe 1953)."
    ]


def expectation_sections(plan: Plan) -> list[str]:
    """The answer expected before the study ran, and its source; nothing where none was stated."""
    source = f" ({plan.source})" if plan.source else ""
    return [f"**Expected.** {plan.expectation}{source}"] if plan.expectation else []


def problem_sections(plan: Plan, reading: Reading, names: Mapping[str, str], folder: Path) -> list[str]:
    """What failed, what could not be read, what was left out; nothing where there is none of it."""
    evaluations = counted(plan, reading.evaluations)
    others = len(reading.evaluations) - len(evaluations)
    failed, damaged = failure_lines(evaluations, names), damage_lines(reading.damaged, folder)
    sections = []
    if failed:
        again = f"`{plan.command} {RETRY}` trains them again."
        sections += ["Failed, and in no mean:", "\n".join(failed), again]
    if damaged:
        sections += ["Could not be read, and counted nowhere:", "\n".join(damaged)]
    if others:
        sections += [f"Of another recipe or network, and not counted: {count(others, 'evaluation')}."]
    return ["## Failed, damaged, left out", *sections] if sections else []


def provenance_sections(plan: Plan, reading: Reading) -> list[str]:
    """The command, where and on what it ran, and the recipe."""
    evaluations = counted(plan, reading.evaluations)
    spent = sum(e.train_s for e in evaluations if math.isfinite(e.train_s))
    seeds = ", ".join(map(str, plan.seeds)) or "none"
    lines = [
        f"- seeds: {seeds}",
        f"- training time: {duration(spent)} in {count(len(evaluations), 'evaluation')}",
        *environment_lines(evaluations),
    ]
    recipe = yaml.safe_dump(dict(plan.recipe), sort_keys=False, allow_unicode=True).strip()
    return [
        "## How this was made",
        f"```\n{plan.command}\n```",
        "\n".join(lines),
        f"Recipe `{plan.recipe_key}`:",
        f"```yaml\n{recipe}\n```",
    ]


def network_sections(plan: Plan, names: Mapping[str, str]) -> list[str]:
    """Every network by its name, with key and text."""
    if not plan.variants:
        return []
    lines = [f"{names[v.key]}  [{v.key}]\n    {v.network}" for v in plan.variants]
    return ["## Networks", "\n".join(["```", *lines, "```"])]
