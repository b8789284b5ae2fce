"""The command line of a full training."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

EXAMPLES = (
    "moat-lab train tiny_moat_0 --recipe digits --epochs 5",
    "moat-lab train tiny_moat_0 --recipe digits --weights runs/train/mine --out runs/train/tuned",
    "moat-lab train tiny_moat_0 --recipe imagenette --data imagefolder:images --device cuda",
)


class LogKind(StrEnum):
    """Where the course of a training is written."""

    CSV = "csv"
    TENSORBOARD = "tensorboard"


def command(
    network: Annotated[str, typer.Argument(help="A network's text, or its name, such as tiny_moat_0.")],
    recipe: Annotated[str, typer.Option(help="A recipe's name in studies/recipes, or the path of its YAML.")],
    data: Annotated[str, typer.Option(help="In place of the recipe's, such as imagefolder:PATH.")] = "",
    epochs: Annotated[
        int,
        typer.Option(
            min=0,
            max=100_000,
            help="In place of the recipe's; fewer shorten warm-up and the like in proportion; 0 leaves them.",
        ),
    ] = 0,
    batch: Annotated[int, typer.Option(min=0, max=10**6, help="In place of the recipe's; 0 leaves it.")] = 0,
    resolution: Annotated[
        int, typer.Option(min=0, max=4096, help="In place of the recipe's; 0 leaves it.")
    ] = 0,
    weights: Annotated[
        str,
        typer.Option(
            help="Start from these: a weights file, a training's folder, timm:NAME, or the prefix of an "
            "official checkpoint. What does not fit starts anew, and is named."
        ),
    ] = "",
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse weights that do not fit all but the head.")
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="The training's folder; runs/train/NAME if left out.")
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, max=2**63 - 1, help="Of initial weights, order and augmentation.")
    ] = 0,
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1 ...")] = "cpu",
    log: Annotated[LogKind, typer.Option(help="log.csv is written in any case.")] = LogKind.CSV,
    save_every: Annotated[int, typer.Option(min=1, max=100_000, help="Epochs between two checkpoints.")] = 1,
) -> None:
    """Train a network by a recipe, into a folder with its log, checkpoint and weights.

    Stop with Ctrl-C, and run the same command to go on. For several processes or GPUs: `torchrun
    --nproc_per_node 2 -m moat_lab train ...`; the recipe's batch is that of all of them together.
    """
    # Loaded here: `--help` answers at once.
    from moat_lab.train.arguments import TrainArguments, train_into_folder

    changes = {
        "data": data,
        "epochs": epochs,
        "batch": batch,
        "resolution": resolution,
        "weights": weights,
    }
    arguments = TrainArguments(
        network=network,
        recipe=recipe,
        changes={name: value for name, value in changes.items() if value},
        out=out,
        seed=seed,
        device=device,
        save_every=save_every,
        tensorboard=log is LogKind.TENSORBOARD,
        strict=strict,
    )
    raise typer.Exit(train_into_folder(arguments))
