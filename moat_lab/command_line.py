"""How every command line of the package ends: a user's mistake is a message and exit code 2."""

import sys
from collections.abc import Sequence

import typer

from moat_lab.errors import UserError, readable
from moat_lab.files import FULL

CONTEXT = {"help_option_names": ["-h", "--help"]}
"""Settings of every command line."""


def examples_text(examples: Sequence[str]) -> str:
    """The end of a command's help: a line for each example, none of them wrapped."""
    if not examples:
        return ""
    return "\b\n" + "\n".join(["Examples:", *(f"  {example}" for example in examples)])


def run_app(app: typer.Typer) -> None:
    """Run the app on the arguments of this process; a mistake in what was asked shows no traceback.

    Nor do a full disk, and a file or folder that the system does not let it use.
    """
    try:
        _check_words(sys.argv[1:])
        app()
    except UserError as error:
        said = str(error)
    except OSError as error:
        if error.errno not in FULL and error.filename is None:
            raise
        said = _of_the_system(error)
    else:
        return
    print(said, file=sys.stderr)
    sys.exit(2)


def _check_words(words: list[str]) -> None:
    """Raises UserError at a word that no record could hold: JSON, YAML and reports are UTF-8."""
    for word in words:
        if word != readable(word):
            raise UserError(
                f"words in UTF-8 are needed; got '{readable(word)}'\n"
                "  rename the file or folder (`convmv` renames many), or name another"
            )


def _of_the_system(error: OSError) -> str:
    where = f"{error.filename}: " if error.filename is not None else ""
    if error.errno in FULL:
        return f"{where}no space is left: {error.strerror}\n  free some, and repeat: what was saved is whole"
    return (
        f"{where}cannot be used: {error.strerror}\n"
        "  what was saved is whole: name another place, such as with --out or MOAT_LAB_CACHE, and repeat"
    )
