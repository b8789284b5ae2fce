"""`moat-lab`: every command under one name."""

import typer

from moat_lab.command_line import run_app
from moat_lab.commands import COMMANDS, CONTEXT_SETTINGS

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Each command is also `python -m moat_lab COMMAND`.",
)
for name, command in COMMANDS.items():
    app.command(name.replace("_", "-"), context_settings=CONTEXT_SETTINGS.get(name))(command)


def main() -> None:
    """The console script."""
    run_app(app)


if __name__ == "__main__":
    main()
