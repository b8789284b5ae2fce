"""What reports of studies and searches share: sections of report.md."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence

import yaml
from tabulate import DataRow, TableFormat, tabulate

from moat_lab.analysis.trainings import trained_for
from moat_lab.records import RETRY_OPTION, Evaluation, Plan, Reading, ResultsFolder
from moat_lab.report.provenance import damage_lines, environment_lines, failure_lines
from moat_lab.report.units import count, duration

_BARE_BAR = re.compile(r"(?<!\\)\|")


def markdown_table(align: str, titles: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table with a column for each letter of `align`: l for left, r for right.

    Bars in cells are escaped. Cells are not padded, so that a longer one changes one line of a diff.
    """
    rule = f"| {' | '.join('---:' if letter == 'r' else '---' for letter in align)} |"
    line = DataRow("| ", " | ", " |")
    form = TableFormat(None, lambda *_: rule, None, None, line, line, 0, None)
    cells = [[_BARE_BAR.sub(r"\\|", " ".join(str(cell).split())) for cell in row] for row in rows]
    return tabulate(cells, titles, tablefmt=form, disable_numparse=True, stralign=None, numalign=None)


def expectation_sections(plan: Plan) -> list[str]:
    """The answer expected before the study ran, and its source; nothing where there is none."""
    source = f" ({plan.source})" if plan.source else ""
    return [f"**Expected.** {plan.expectation}{source}"] if plan.expectation else []


def problem_sections(
    plan: Plan, reading: Reading[Evaluation], names: Mapping[str, str], folder: ResultsFolder
) -> list[str]:
    """What failed, what could not be read, what was left out; nothing where there is none of it."""
    evaluations = trained_for(plan, reading.evaluations)
    tried = {*plan.tuning_recipes.values()}
    others = sum(e.recipe_key not in tried for e in reading.evaluations) - len(evaluations)
    failed, damaged = failure_lines(evaluations, names), damage_lines(reading.damaged, folder.path)
    sections = []
    if failed:
        again = f"`{plan.command} {RETRY_OPTION}` trains them again."
        sections += ["Failed, and in no mean:", "\n".join(failed), again]
    if damaged:
        sections += ["Could not be read, and counted nowhere:", "\n".join(damaged)]
    if others:
        sections += [f"Of another recipe or network, and not counted: {count(others, 'evaluation')}."]
    return ["## Failed, damaged, left out", *sections] if sections else []


def provenance_sections(plan: Plan, reading: Reading[Evaluation]) -> list[str]:
    """The command, where and on what it ran, and the recipe."""
    evaluations = trained_for(plan, reading.evaluations)
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
    lines = [f"{names[v.key]}  [{v.key}]\n    {v.network}" for v in plan.networks]
    return ["## Networks", "\n".join(["```", *lines, "```"])]
