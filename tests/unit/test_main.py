"""`moat-lab` itself: its version, its help, and the examples of each command."""

import shlex

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from moat_lab.__main__ import app
from moat_lab.command_line import examples_text
from moat_lab.commands import COMMANDS, EXAMPLES

CALLS = [call for calls in EXAMPLES.values() for call in calls]


def test_the_version_is_one_line():
    done = CliRunner().invoke(app, ["--version"])
    assert (done.exit_code, done.output) == (0, "moat-lab 0.1.0\n")


@pytest.mark.parametrize("words", [[], ["cost"], ["study"]], ids=" ".join)
def test_the_short_option_shows_the_help(words):
    short, long = (CliRunner().invoke(app, [*words, option]) for option in ("-h", "--help"))
    assert short.exit_code == 0
    assert short.output == long.output


def test_every_command_ends_its_help_with_examples_that_are_not_wrapped():
    assert set(EXAMPLES) == set(COMMANDS)
    shown = CliRunner().invoke(app, ["study", "-h"], env={"COLUMNS": "60"}).output
    assert shown.endswith("  moat-lab study ablate_order --target-half-width 0.5pt --budget 30min\n")


@pytest.mark.parametrize("call", CALLS)
def test_an_example_is_a_call_that_its_command_takes(call):
    program, name, *words = shlex.split(call)
    command = get_command(app).commands[name]
    assert program == "moat-lab"
    assert command.make_context(name, words).info_name == name  # raises at an option that is not there


def test_a_command_without_examples_has_no_heading_of_them():
    assert examples_text(()) == ""
