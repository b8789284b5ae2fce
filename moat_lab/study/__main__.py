"""`python -m moat_lab.study NAME`: trains what a study lacks, and writes its report."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from moat_lab.command_line import CONTEXT, examples_text, run_app
from moat_lab.errors import UserError

if TYPE_CHECKING:
    from moat_lab.study.cli import StudyOptions

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
EXAMPLES = (
    "moat-lab study --list",
    "moat-lab study ablate_order --dry-run",
    "moat-lab study ablate_order --seeds 20 --workers 2",
    "moat-lab study ablate_order --target-half-width 0.5pt --budget 30min",
)


@app.command(context_settings=CONTEXT, epilog=examples_text(EXAMPLES))
def command(
    name: Annotated[str, typer.Argument(help="A study's name, or the path of its YAML file.")] = "",
    list_: Annotated[bool, typer.Option("--list", help="Show all studies and stop.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the networks and their exact costs.")
    ] = False,
    seeds: Annotated[
        int, typer.Option(min=0, max=1000, help="Seeds for each network; 0 is the study's own.")
    ] = 0,
    target_half_width: Annotated[
        str,
        typer.Option(
            "--target-half-width",
            "--until",
            help="Add seeds until each effect's 95 % half-width is at most this, e.g. 0.5pt.",
        ),
    ] = "",
    budget: Annotated[
        str, typer.Option(help="Time that --target-half-width may take, such as 30min or 2h.")
    ] = "",
    engine: Annotated[str, typer.Option(help="Where trainings run; the study's own if empty.")] = "",
    address: Annotated[
        str, typer.Option(help="A Ray cluster to join: auto, HOST:PORT or ray://HOST:PORT; empty starts one.")
    ] = "",
    slurm: Annotated[
        str, typer.Option(help="What Slurm is asked for, e.g. partition=gpu,time=60,trainings=4.")
    ] = "",
    shared: Annotated[
        bool, typer.Option("--shared", help="All nodes see the results folder, and write there themselves.")
    ] = False,
    mixed: Annotated[
        bool, typer.Option("--mixed", help="Use nodes with other versions of moat_lab, torch or Python too.")
    ] = False,
    workers: Annotated[
        int,
        typer.Option(
            min=0, max=100_000, help="Trainings at a time; 0 is one for each core, or one on each GPU."
        ),
    ] = 0,
    per_device: Annotated[
        int,
        typer.Option(min=0, max=1024, help="Trainings at a time on each device; 0 leaves it to --workers."),
    ] = 0,
    together: Annotated[
        bool, typer.Option("--together", help="Train the seeds of a network at once, as one model.")
    ] = False,
    device: Annotated[str, typer.Option(help="cpu, cuda (every GPU), cuda:1 ...")] = "cpu",
    results: Annotated[Path, typer.Option(help="Where the study's folder is made.")] = Path("runs"),
    storage: Annotated[
        str,
        typer.Option(help="Optuna's storage URL, such as postgresql://...; SQLite in that folder if empty."),
    ] = "",
    notify: Annotated[
        str, typer.Option(metavar="URL", help='Send {"text": ...} there by POST at the end.')
    ] = "",
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Train again what failed before, such as on a full disk.")
    ] = False,
) -> None:
    """Train what a study still lacks, and write its answer: table, figures, report.

    Everything finished is kept on disk. Stop with Ctrl-C, and run the same command to go on.
    """
    if not list_ and not name:
        raise UserError("a study's name is needed\n  `python -m moat_lab.study --list` shows all")
    if budget and not target_half_width:
        raise UserError(
            "--budget is the time that --target-half-width may take; it needs one, such as "
            "--target-half-width 0.5pt"
        )
    # Loaded here: `--help` answers at once, and each other answer as soon as it can.
    if list_:
        from moat_lab.study.listing import print_studies

        print_studies()
    elif dry_run:
        from moat_lab.study.dry_run import print_networks

        print_networks(name, seeds=seeds, results=results)
    else:
        from moat_lab.study.cli import StudyOptions, run_and_print

        options = StudyOptions(
            name=name,
            seeds=seeds,
            target_half_width=target_half_width,
            budget=budget,
            engine=engine,
            address=address,
            slurm=slurm,
            shared=shared,
            mixed=mixed,
            workers=workers,
            per_device=per_device,
            together=together,
            device=device,
            results=results,
            storage=storage,
            retry_failed=retry_failed,
            notify=notify,
        )
        raise typer.Exit(_run_with_notice(options, run_and_print) if notify else run_and_print(options))


def _run_with_notice(options: StudyOptions, run: Callable[[StudyOptions], int]) -> int:
    """Runs, and says at the address of `--notify` how it ended, also where it could not go on."""
    from moat_lab.study.notify import check_address, ending_text, send

    check_address(options.notify)
    started_s, exit_code = time.monotonic(), None
    try:
        exit_code = run(options)
    finally:
        text = ending_text(options.name, exit_code, time.monotonic() - started_s)
        if warning := send(options.notify, text):
            typer.echo(warning, err=True)
    return exit_code


if __name__ == "__main__":
    run_app(app)
