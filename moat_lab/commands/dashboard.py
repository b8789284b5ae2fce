"""`python -m moat_lab dashboard`: all results in a browser."""

from pathlib import Path
from typing import Annotated

import typer

from moat_lab.lookup import shipped

CONTEXT_SETTINGS = {"allow_extra_args": True, "ignore_unknown_options": True}
"""Options that are not its own are Streamlit's."""

EXAMPLES = (
    "moat-lab dashboard",
    "moat-lab dashboard --results runs --port 8600",
)


def command(
    context: typer.Context,
    results: Annotated[
        Path | None,
        typer.Option(help="Holds results folders; if left out: runs, results, and those of the package."),
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="The first free one from 8501 on if left out.")
    ] = None,
) -> None:
    """Show frontiers, effects and searches at an address of this machine, until Ctrl-C. Nothing is trained.

    Other options are those of `streamlit run`, such as `--server.address 0.0.0.0`, which opens it to others.
    """
    from streamlit.web.cli import main as streamlit  # loaded here: `--help` answers at once

    page = ["--", "--results", str(results)] if results else []
    server = ["--server.port", str(port)] if port else []
    words = ["run", str(shipped() / "dashboards" / "app.py"), *server, *context.args, *page]
    streamlit.main(words, prog_name="streamlit")
