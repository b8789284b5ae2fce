"""Every command line ends a user's mistake with its message and exit code 2."""

import errno

import pytest
import typer

from moat_lab.command_line import run
from moat_lab.errors import UserError


def app_that_raises(error: Exception) -> typer.Typer:
    app = typer.Typer()

    @app.command()
    def command() -> None:
        raise error

    return app


@pytest.fixture(autouse=True)
def _no_arguments(monkeypatch):
    monkeypatch.setattr("sys.argv", ["moat-lab"])


def test_a_users_error_is_printed_without_a_traceback(capsys):
    with pytest.raises(SystemExit) as ended:
        run(app_that_raises(UserError("a width is 1 or more; got 0\n  did you mean 1?")))
    assert ended.value.code == 2
    assert capsys.readouterr() == ("", "a width is 1 or more; got 0\n  did you mean 1?\n")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "No space"), "no space is left: No space\n"),
        (PermissionError(errno.EACCES, "Closed", "/runs"), "/runs: cannot be used: Closed\n"),
    ],
    ids=["full", "closed"],
)
def test_what_the_system_refuses_is_printed_without_a_traceback(capsys, error, said):
    with pytest.raises(SystemExit) as ended:
        run(app_that_raises(error))
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith(said)


@pytest.mark.parametrize("error", [ZeroDivisionError(), OSError("of no file")])
def test_any_other_error_is_not_hidden(error):
    with pytest.raises(type(error)):
        run(app_that_raises(error))
