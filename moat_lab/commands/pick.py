"""`python -m moat_lab pick FOLDER`: which network of a study to take, and why, and whether that holds."""

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

EXAMPLES = (
    "moat-lab pick search_tiny_widths --max-macs 20M",
    "moat-lab pick search_tiny_widths --confirm 5",
)


def command(
    folder: Annotated[Path, typer.Argument(help="A study's folder or name, such as search_tiny_widths.")],
    max_macs: Annotated[str, typer.Option(help="Most MACs, such as 20M.")] = "",
    max_params: Annotated[str, typer.Option(help="Most parameters, such as 500k.")] = "",
    max_activations: Annotated[str, typer.Option(help="Most activations.")] = "",
    max_latency: Annotated[str, typer.Option(help="Most milliseconds, where the search measured them.")] = "",
    limit: Annotated[
        list[str] | None, typer.Option(help="Of any cost, such as 'memory_mb <= 2'; may be repeated.")
    ] = None,
    confirm: Annotated[
        int,
        typer.Option(
            min=0, max=1000, help="Fresh seeds for pick, best and baseline, and one look at the test split."
        ),
    ] = 0,
    workers: Annotated[
        int, typer.Option(min=0, max=100_000, help="Trainings at a time; 0 is one for each core or GPU.")
    ] = 0,
    device: Annotated[str, typer.Option(help="Of --confirm: cpu, cuda (every GPU), cuda:1 ...")] = "cpu",
) -> None:
    """Print the cheapest network within one standard error of the best: its text, cost, interval, and why.

    With --confirm it is trained with fresh seeds, beside the best and the baseline, and judged on the test
    split once. Stop with Ctrl-C, and run the same command to go on.
    """
    # Loaded here: `--help` answers at once.
    from moat_lab.analysis import summary
    from moat_lab.analysis.search_tables import with_measurements
    from moat_lab.device import default_workers
    from moat_lab.lookup import RESULTS, find_file
    from moat_lab.metrics import LATENCY
    from moat_lab.records import ResultsFolder
    from moat_lab.report.provenance import unread_text
    from moat_lab.report.search.confirmation import confirmation_text
    from moat_lab.report.search.pick import pick_lines, pick_of
    from moat_lab.search.limits import amount, read_limits
    from moat_lab.study.cli import INTERRUPTED
    from moat_lab.study.confirmation import confirm_pick

    options = {"params": max_params, "macs": max_macs, "activations": max_activations, LATENCY: max_latency}
    limits = read_limits(limit or []) | {name: amount(text) for name, text in options.items() if text}
    results = ResultsFolder(find_file(RESULTS, folder).parent)
    plan, reading = results.read_plan(), results.read()
    if text := unread_text(reading.damaged, results.path):
        typer.echo(text, err=True)
    table = with_measurements(summary(plan, reading.evaluations), plan, reading)
    pick = pick_of(table, plan, limits)
    typer.echo(pick_lines(table, pick, plan.task.metric))
    if confirm:
        again = shlex.join(["moat-lab", *sys.argv[1:]])
        at_once = workers or default_workers(device)
        try:
            confirm_pick(
                results, plan, table, limits, seeds=confirm, command=again, workers=at_once, device=device
            )
        except KeyboardInterrupt:
            typer.echo(f"Stopped. Every finished training is in {results.confirmation}; to go on:\n  {again}")
            raise typer.Exit(INTERRUPTED) from None
    if text := confirmation_text(results, pick.chosen):
        typer.echo(f"\n{text}")
