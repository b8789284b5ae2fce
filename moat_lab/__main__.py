"""`moat-lab`: every command under one name."""

import typer

from moat_lab.command_line import run
from moat_lab.costs.__main__ import command as cost
from moat_lab.dashboard import FORWARDING
from moat_lab.dashboard import command as dashboard
from moat_lab.export.__main__ import command as export
from moat_lab.overview import command as overview
from moat_lab.pick import command as pick
from moat_lab.report.__main__ import command as report
from moat_lab.study.__main__ import study
from moat_lab.training.evaluate_command import evaluate
from moat_lab.training.train_command import train

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Each command is also `python -m moat_lab COMMAND`.",
)
app.command("cost")(cost)
app.command("export")(export)
app.command("study")(study)
app.command("report")(report)
app.command("pick")(pick)
app.command("overview")(overview)
app.command("train")(train)
app.command("evaluate")(evaluate)
app.command("dashboard", context_settings=FORWARDING)(dashboard)


def main() -> None:
    """The console script."""
    run(app)


if __name__ == "__main__":
    main()
