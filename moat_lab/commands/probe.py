"""The command line that judges frozen features."""

from __future__ import annotations

from typing import Annotated

import typer

EXAMPLES = (
    "moat-lab probe runs/train/tiny_moat_0",
    "moat-lab probe runs/train/tiny_moat_0 --data imagefolder:images",
    "moat-lab probe tiny_moat_0 --recipe imagenette --weights tiny_moat_0.safetensors --device cuda",
)


def command(
    network: Annotated[
        str, typer.Argument(help="A file of weights, a training's folder, or a network's text or name.")
    ],
    recipe: Annotated[
        str,
        typer.Option(
            help="Its images are used, as its resolution and split say; a training's own if left out."
        ),
    ] = "",
    data: Annotated[str, typer.Option(help="In place of the recipe's, such as imagefolder:PATH.")] = "",
    weights: Annotated[str, typer.Option(help="Of a network that is named: as `train --weights`.")] = "",
    neighbours: Annotated[int, typer.Option(min=1, max=10_000, help="Nearest images that vote.")] = 20,
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1 ...")] = "cpu",
) -> None:
    """Judge features without training: a linear classifier on them, and nearest neighbours.

    The network is frozen. Both are fitted to the recipe's train images and judged on its val images.
    """
    # Loaded here: `--help` answers at once.
    from moat_lab.train.arguments import changed_recipe
    from moat_lab.train.frozen_features import probe, recipe_to_probe

    changes = {name: value for name, value in (("data", data), ("weights", weights)) if value}
    asked = changed_recipe(recipe_to_probe(network, recipe), changes)
    found = probe(network, asked, neighbours=neighbours, device=device)
    typer.echo(found.started)
    typer.echo(f"linear    {100 * found.linear:.2f} %")
    typer.echo(f"nearest   {100 * found.nearest:.2f} %")
    typer.echo(f"images    {found.train:,} to fit, {found.val:,} to judge; {found.features:,} features each")
