"""`python -m moat_lab pick FOLDER`: which network of a study to take, and why."""

from pathlib import Path
from typing import Annotated

import typer


def command(
    folder: Annotated[Path, typer.Argument(help="A study's folder or name, such as search_tiny_widths.")],
    max_macs: Annotated[str, typer.Option(help="Most MACs, such as 20M.")] = "",
    max_params: Annotated[str, typer.Option(help="Most parameters, such as 500k.")] = "",
    max_activations: Annotated[str, typer.Option(help="Most activations.")] = "",
    max_latency: Annotated[str, typer.Option(help="Most milliseconds, where the search measured them.")] = "",
    limit: Annotated[
        list[str] | None, typer.Option(help="Of any cost, such as 'memory_mb <= 2'; may be repeated.")
    ] = None,
) -> None:
    """Print the cheapest network within one standard error of the best: its text, cost, interval, and why."""
    # Loaded here: `--help` answers at once.
    from moat_lab.analysis import summary
    from moat_lab.analysis.search_tables import with_measurements
    from moat_lab.lookup import RESULTS, find_file
    from moat_lab.metrics import LATENCY
    from moat_lab.records import ResultsFolder
    from moat_lab.report.provenance import unread_text
    from moat_lab.report.search.pick import pick_text
    from moat_lab.search.limits import amount, read_limits

    results = ResultsFolder(find_file(RESULTS, folder).parent)
    plan = results.read_plan()
    options = {"params": max_params, "macs": max_macs, "activations": max_activations, LATENCY: max_latency}
    limits = read_limits(limit or []) | {name: amount(text) for name, text in options.items() if text}
    reading = results.read()
    if text := unread_text(reading.damaged, results.path):
        typer.echo(text, err=True)
    table = with_measurements(summary(plan, reading.evaluations), plan, reading)
    typer.echo(pick_text(table, plan, limits))
