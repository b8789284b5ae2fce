"""Every command line ends a user's mistake with its message and exit code 2."""

import errno

import pytest
import typer

from moat_lab.command_line import run_app
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
        run_app(app_that_raises(UserError("a width is 1 or more; got 0\n  did you mean 1?")))
    assert ended.value.code == 2
    assert capsys.readouterr() == ("", "a width is 1 or more; got 0\n  did you mean 1?\n")


@pytest.mark.parametrize("word", ["caf\udce9", "--data=imagefolder:\udcff", "half a pair \ud83d"])
def test_a_word_that_is_no_utf_8_is_refused_before_the_command_runs(monkeypatch, capsys, word):
    monkeypatch.setattr("sys.argv", ["moat-lab", "--recipe", word])
    with pytest.raises(SystemExit) as ended:
        run_app(app_that_raises(ZeroDivisionError()))
    assert ended.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("words in UTF-8 are needed; got '")
    assert said.isascii()


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
        run_app(app_that_raises(error))
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith(said)


@pytest.mark.parametrize("error", [ZeroDivisionError(), OSError("of no file")])
def test_any_other_error_is_not_hidden(error):
    with pytest.raises(type(error)):
        run_app(app_that_raises(error))
