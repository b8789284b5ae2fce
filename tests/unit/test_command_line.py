"""Every command line ends a user's mistake with its message and exit code 2."""

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


def test_any_other_error_is_not_hidden():
    with pytest.raises(ZeroDivisionError):
        run(app_that_raises(ZeroDivisionError()))
