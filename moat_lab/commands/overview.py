"""`python -m moat_lab overview FOLDER`: all results below a folder on one page, against what was expected."""

from pathlib import Path
from typing import Annotated

import typer

from moat_lab.errors import UserError


def command(
    folder: Annotated[Path, typer.Argument(help="Holds results folders, such as results.")],
) -> None:
    """Write README.md: what each study expected, found, and could not have shown. Nothing is trained."""
    # Loaded here: `--help` answers at once.
    from moat_lab.files import write_atomically
    from moat_lab.report.overview import read_overview
    from moat_lab.report.overview.markdown import overview_markdown
    from moat_lab.report.provenance import unread_text

    overview = read_overview(folder)
    if not (overview.studies or overview.searches or overview.tables or overview.damaged):
        raise UserError(f"a folder with results below it is needed; got {folder}, which has none")
    if text := unread_text(overview.unread, folder):
        typer.echo(text, err=True)
    typer.echo(write_atomically(folder / "README.md", overview_markdown(overview)))
