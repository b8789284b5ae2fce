"""`python -m moat_lab.report FOLDER`: makes a results folder's report anew."""

from pathlib import Path
from typing import Annotated

import typer

from moat_lab.errors import UserError
from moat_lab.report import write_report


def report(
    folder: Annotated[Path, typer.Argument(help="A results folder, such as results/ablate_order.")],
) -> None:
    """Make tables, figures and report.md anew from plan.json and evaluations/*.json; nothing is trained."""
    try:
        typer.echo(write_report(folder))
    except UserError as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from None


def main() -> None:
    typer.run(report)


if __name__ == "__main__":
    main()
