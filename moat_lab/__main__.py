"""`moat-lab`: every command under one name."""

from typing import Annotated

import typer

from moat_lab.command_line import CONTEXT, examples_text, run_app
from moat_lab.commands import COMMANDS, CONTEXT_SETTINGS, EXAMPLES
from moat_lab.version import __version__

app = typer.Typer(
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    context_settings=CONTEXT,
    help="Search and compare networks of mobile convolution and attention.",
    epilog="`moat-lab COMMAND -h` explains a command. Each is also `python -m moat_lab COMMAND`.",
)
for name, command in COMMANDS.items():
    app.command(
        name.replace("_", "-"),
        context_settings=CONTEXT_SETTINGS.get(name),
        epilog=examples_text(EXAMPLES.get(name, ())),
    )(command)


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"moat-lab {__version__}")
        raise typer.Exit()


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    """The options of `moat-lab` itself."""


def main() -> None:
    """The console script."""
    run_app(app)


if __name__ == "__main__":
    main()
