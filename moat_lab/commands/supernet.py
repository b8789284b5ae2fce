"""The command line that trains one set of weights for a study's whole space."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

EXAMPLES = (
    "moat-lab supernet table_tiny --epochs 120",
    "moat-lab supernet table_tiny --fine-tune 3",
    "moat-lab supernet search_tiny_widths --epochs 200 --from-scratch 20 --device cuda",
)


def command(
    study: Annotated[str, typer.Argument(help="A study's name, or the path of its YAML.")],
    epochs: Annotated[
        int,
        typer.Option(min=0, max=100_000, help="Of the shared training; 0 is eight times the recipe's."),
    ] = 0,
    from_scratch: Annotated[
        int, typer.Option(min=0, max=1000, help="Networks to train alone too, to tell how far to trust it.")
    ] = 12,
    fine_tune: Annotated[
        int,
        typer.Option(min=0, max=100_000, help="Epochs that each network trains on from its part; 0 is none."),
    ] = 0,
    results: Annotated[Path, typer.Option(help="The folder that takes STUDY_supernet.")] = Path("runs"),
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Of weights, order and draws.")] = 0,
    workers: Annotated[
        int, typer.Option(min=0, max=1000, help="Trainings from scratch at a time; 0 is one a core.")
    ] = 0,
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1 ...")] = "cpu",
) -> None:
    """Train one set of weights for all networks of a study, and say how far its order can be trusted.

    Each network is judged by its part of the weights, or after some epochs more. That is held against
    trainings from scratch: those that are recorded, or as many as --from-scratch says. Stop with Ctrl-C, and
    run the same command to go on.
    """
    # Loaded here: `--help` answers at once.
    from moat_lab.device import default_workers
    from moat_lab.lookup import STUDY, find_file
    from moat_lab.records import ResultsFolder
    from moat_lab.study.cli import INTERRUPTED
    from moat_lab.study.estimate import ROOTS
    from moat_lab.study.search_spec import SHARED_FACTOR
    from moat_lab.study.study_spec import load_study, with_sizes
    from moat_lab.study.supernet_study import SupernetOptions, run_supernet

    spec = with_sizes(load_study(find_file(STUDY, study)))
    options = SupernetOptions(
        epochs=epochs or SHARED_FACTOR * spec.recipe.epochs,
        from_scratch=from_scratch,
        fine_tune=fine_tune,
        roots=(results, *ROOTS),
        seed=seed,
        device=device,
        workers=workers or default_workers(device),
    )
    folder = ResultsFolder(results / f"{spec.name}_supernet")
    try:
        report = run_supernet(spec, folder, options, typer.echo)
    except KeyboardInterrupt:
        typer.echo("\nStopped; the same command goes on from the last checkpoint.")
        raise typer.Exit(INTERRUPTED) from None
    typer.echo(report.read_text(encoding="utf-8").split("\n\n")[1].replace("**", ""))
    typer.echo(f"Report: {report}")
