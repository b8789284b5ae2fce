"""How every command line of the package ends: a user's mistake is a message and exit code 2."""

import sys

import typer

from moat_lab.errors import UserError


def run(app: typer.Typer) -> None:
    """Run the app on the arguments of this process; a mistake in what was asked shows no traceback."""
    try:
        app()
    except UserError as error:
        print(error, file=sys.stderr)
        sys.exit(2)
