"""`python -m moat_lab report FOLDER`: makes a results folder's report anew."""

from pathlib import Path
from typing import Annotated

import typer

EXAMPLES = ("moat-lab report results/ablate_order",)


def command(
    folder: Annotated[Path, typer.Argument(help="A results folder, such as results/ablate_order.")],
) -> None:
    """Make tables, figures and report.md anew from plan.json and evaluations/*.json; nothing is trained."""
    # Loaded here: `--help` answers at once.
    from moat_lab.records import ResultsFolder
    from moat_lab.report.write import write_report

    typer.echo(write_report(ResultsFolder(folder)))
