"""`python -m moat_lab record FOLDER TO`: the evaluations of a study as one table, and how far to trust it."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import pandas as pd

    from moat_lab.records import Plan

EXAMPLES = ("moat-lab record runs/table_tiny results/table_tiny",)


def command(
    folder: Annotated[Path, typer.Argument(help="A study's folder, such as runs/table_tiny.")],
    to: Annotated[Path, typer.Argument(help="Where the table goes, such as results/table_tiny.")],
) -> None:
    """Write table.csv, and README.md that says how it was made and how far its seeds agree."""
    # Loaded here: `--help` answers at once.
    from moat_lab.files import write_atomically
    from moat_lab.records import ResultsFolder
    from moat_lab.records.recorded_table import table_of
    from moat_lab.report.provenance import environment_lines, unread_text

    results = ResultsFolder(folder)
    plan, reading = results.read_plan(), results.read()
    evaluations = reading.evaluations
    if text := unread_text(reading.damaged, folder):
        typer.echo(text, err=True)
    table = table_of(plan, evaluations)
    write_atomically(ResultsFolder(to).recorded_table_file, table.to_csv(index=False, lineterminator="\n"))
    made = environment_lines(evaluations)
    typer.echo(write_atomically(to / "README.md", readme(plan, table, made)))


def readme(plan: Plan, table: pd.DataFrame, made: list[str]) -> str:
    """What the table holds, how it was made, how far its seeds agree."""
    import yaml

    recipe = yaml.safe_dump(dict(plan.recipe), sort_keys=False).strip()
    spread = table.groupby("key")["top1"].std().pow(2).mean() ** 0.5
    networks = table["key"].nunique()
    return "\n".join(
        [
            f"# {plan.name}",
            "",
            f'{networks} networks, {len(table)} trainings: `moat_lab.table("{plan.name}")`.',
            "",
            f"**Question.** {plan.question}",
            "",
            "## How far its seeds agree",
            "",
            f"Two seeds of one network differ with a standard deviation of {100 * spread:.2f} points.",
            "",
            "| rank correlation with | Kendall's tau [95 %] |",
            "| --- | ---: |",
            *agreement(table),
            "",
            "## How it was made",
            "",
            f"```\n{plan.command}\n```",
            "",
            *made,
            "",
            f"Recipe `{plan.recipe_key}`:",
            "",
            f"```yaml\n{recipe}\n```",
            "",
        ]
    )


def agreement(table: pd.DataFrame) -> list[str]:
    """Rows: seeds with each other, and the mean over seeds with what is known before or early."""
    import pandas as pd

    from moat_lab.analysis import rank_correlation

    seeds = table.pivot(index="key", columns="seed", values="top1")
    means = table.groupby("key").mean(numeric_only=True)
    early = [name for name in table.columns if name.startswith("top1_epoch_")][:-1]
    pairs = [
        *((f"seed {a}, of seed {b}", seeds[a], seeds[b]) for a, b in combinations(seeds.columns, 2)),
        *((f"{name}, of top1", means[name], means["top1"]) for name in ("params", "macs", *early)),
    ]
    known = ((name, pd.concat([x, y], axis=1).dropna().to_numpy()) for name, x, y in pairs)
    correlations = [(name, rank_correlation(both[:, 0], both[:, 1])) for name, both in known]
    return [f"| {name} | {tau.mean:.2f} [{tau.low:.2f}, {tau.high:.2f}] |" for name, tau in correlations]
