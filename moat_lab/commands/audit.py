"""`python -m moat_lab audit FOLDER`: whether its records are what their trainings give."""

from pathlib import Path
from typing import Annotated

import typer

EXAMPLES = ("moat-lab audit ablate_order --records 3",)


def command(
    folder: Annotated[Path, typer.Argument(help="A results folder or its name, such as ablate_order.")],
    records: Annotated[int, typer.Option(min=1, max=100_000, help="Records to train again.")] = 5,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Draws the records.")] = 0,
) -> None:
    """Train records again that are drawn at random, on the CPU, and say whether the bytes agree.

    Compared are scores, curve, losses and costs. Exits with 1 where one differs; where versions or hardware
    are not those of the record, it says so.
    """
    # Loaded here: `--help` answers at once.
    from moat_lab.lookup import RESULTS, find_file
    from moat_lab.records import ResultsFolder
    from moat_lab.report.units import count
    from moat_lab.study.audit import drawn_records, repeated

    path = folder if folder.is_dir() else find_file(RESULTS, folder).parent
    drawn = drawn_records(ResultsFolder(path), records=records, seed=seed)
    differing = 0
    for record in drawn:
        audited = repeated(record)
        differing += bool(audited.differences)
        typer.echo(
            f"{'differs' if audited.differences else 'agrees '}  {audited.name}  {audited.seconds:.1f} s"
        )
        for line in [*audited.differences, *audited.reasons]:
            typer.echo(f"  {line}")
    agreeing = f"{len(drawn) - differing} of {count(len(drawn), 'record')}"
    typer.echo(f"{agreeing} trained again on this CPU agree to the last bit.")
    raise typer.Exit(1 if differing else 0)
