"""What reports of studies and searches share: sections of report.md."""

import math
from collections.abc import Mapping
from pathlib import Path

import yaml

from moat_lab.analysis.tables import counted
from moat_lab.records import RETRY, Plan, Reading
from moat_lab.report.provenance import damage_lines, environment_lines, failure_lines
from moat_lab.report.units import count, duration


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


def cells(*texts: str) -> str:
    """A row of a table."""
    return f"| {' | '.join(texts)} |"
