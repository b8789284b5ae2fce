"""`moat-lab compare RESULTS RESULTS`: the same networks in two results folders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from moat_lab.errors import UserError

if TYPE_CHECKING:
    from moat_lab.records import Plan

EXAMPLES = ("moat-lab compare runs/ablate_se results/ablate_se",)


def command(
    first: Annotated[str, typer.Argument(help="A results folder or its name, such as ablate_order.")],
    second: Annotated[str, typer.Argument(help="Another one, with some of the same networks.")],
) -> None:
    """Show what the networks that two studies share reached in each, and how far they are apart.

    The difference is second minus first, over the seeds that both have, with a 95 % interval.
    """
    # Loaded here: `--help` answers at once.
    from moat_lab.analysis import scores_of
    from moat_lab.analysis.two_folders import differences_between
    from moat_lab.lookup import RESULTS, find_file
    from moat_lab.records import ResultsFolder
    from moat_lab.study.fitted_table import study_console
    from moat_lab.study.tables import differences_table

    folders = [ResultsFolder(find_file(RESULTS, text).parent) for text in (first, second)]
    plans = [folder.read_plan() for folder in folders]
    scores = [scores_of(p, f.read().evaluations) for p, f in zip(plans, folders, strict=True)]
    table = differences_between(*scores)
    if table.empty:
        raise UserError(
            "two studies that have trained some of the same networks are needed; "
            f"{folders[0]} and {folders[1]} share none"
        )
    for line in recipe_differences(*plans):
        typer.echo(line)
    study_console().print(differences_table(plans[0], table))
    typer.echo(
        "An interval that holds 0 shows no difference. Among 20 networks one misses its value by chance."
    )


def recipe_differences(first: Plan, second: Plan) -> list[str]:
    """A line for each setting in which the recipes of two plans differ."""
    keys = sorted({*first.recipe, *second.recipe})
    changed = [key for key in keys if first.recipe.get(key) != second.recipe.get(key)]
    return [
        f"{key}: {first.recipe.get(key)} in the first, {second.recipe.get(key)} in the second"
        for key in changed
    ]
