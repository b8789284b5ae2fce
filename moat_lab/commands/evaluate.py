"""The command line that says what trained weights reach."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

EXAMPLES = (
    "moat-lab evaluate runs/train/tiny_moat_0 --split test",
    "moat-lab evaluate runs/segmenter --sliding 512 --resolution 1024 --pictures worst.png",
    "moat-lab evaluate moat_0.safetensors --data imagefolder:images",
)


class SplitName(StrEnum):
    """Which images of a dataset."""

    TRAIN = "train"
    VAL = "val"
    TEST = "test"
    ALL = "all"


def command(
    checkpoint: Annotated[Path, typer.Argument(help="A file of weights, or the folder that `train` wrote.")],
    data: Annotated[str, typer.Option(help="Such as imagefolder:PATH; the training's own if left out.")] = "",
    split: Annotated[SplitName, typer.Option(help="Which images.")] = SplitName.VAL,
    batch: Annotated[int, typer.Option(min=1, max=10**6, help="Images at a time.")] = 500,
    resolution: Annotated[int, typer.Option(min=0, max=4096, help="Pixels; 0 is that of the weights.")] = 0,
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1 ...")] = "cpu",
    sliding: Annotated[
        int,
        typer.Option(min=0, max=4096, help="Side of windows that slide over each image; 0 sees it whole."),
    ] = 0,
    overlap: Annotated[
        float, typer.Option(min=0, max=0.95, help="Least share that a window has in common with the next.")
    ] = 1 / 3,
    pictures: Annotated[
        Path | None, typer.Option(help="A .png, .pdf or .svg of the worst images, labels and predictions.")
    ] = None,
) -> None:
    """Print scores and loss of trained weights, and how many images a second they were.

    Weights without a word about their inputs, as imported ones, are given pixels in [-1, 1], as the
    official networks are.
    """
    # Loaded here: `--help` answers at once.
    from moat_lab.train.evaluation_report import evaluation_text
    from moat_lab.train.weights_evaluation import EvaluationRequest

    request = EvaluationRequest(
        checkpoint=checkpoint,
        data=data,
        part=split.value,
        batch=batch,
        resolution=resolution or None,
        device=device,
        sliding=sliding,
        overlap=overlap,
    )
    typer.echo(evaluation_text(request, pictures))
