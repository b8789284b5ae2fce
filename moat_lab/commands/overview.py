"""`python -m moat_lab overview FOLDER`: all results below a folder on one page, against what was expected."""

from pathlib import Path
from typing import Annotated

import typer

from moat_lab.errors import UserError

EXAMPLES = ("moat-lab overview results",)


def command(
    folder: Annotated[Path, typer.Argument(help="Holds results folders, such as results.")],
) -> None:
    """Write README.md, claims.csv and a forest plot: what each study claims and found. Nothing is trained."""
    # Loaded here: `--help` answers at once.
    from moat_lab.report.overview import read_overview
    from moat_lab.report.overview.write import write_overview
    from moat_lab.report.provenance import unread_text

    overview = read_overview(folder)
    if not (overview.studies or overview.searches or overview.tables or overview.damaged):
        raise UserError(f"a folder with results below it is needed; got {folder}, which has none")
    if text := unread_text(overview.unread, folder):
        typer.echo(text, err=True)
    typer.echo(write_overview(folder, overview))
