"""`python -m moat_lab export TEXT_OR_CHECKPOINT --to onnx`: a network in a form that others load."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from moat_lab.export import TARGETS, find_target
from moat_lab.ops.inputs import parsed_resolution

_TO = "; ".join(f"{name}: {to.about}" for name, to in TARGETS.items())

EXAMPLES = (
    "moat-lab export tiny_moat_0 --to onnx",
    "moat-lab export runs/train/tiny_moat_0 --to timm --out served",
)


def command(
    network: Annotated[
        str,
        typer.Argument(help="A weights file or a training's folder; or a network's name or text, untrained."),
    ],
    to: Annotated[str, typer.Option(help=_TO + ".")],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="What to write; else by its name.")] = None,
    fold: Annotated[
        bool, typer.Option("--fold", help="Fold batch norms into convolutions (onnx, torch_export).")
    ] = False,
    dynamic: Annotated[
        bool,
        typer.Option(
            "--dynamic",
            help="Leave height and width open, in multiples of the network's (onnx, torch_export).",
        ),
    ] = False,
    opset: Annotated[int | None, typer.Option(min=1, max=99, help="Of an ONNX file; 20 if left out.")] = None,
    num_classes: Annotated[
        int | None, typer.Option(min=0, max=10**6, help="Of a text; 1000 if left out.")
    ] = None,
    in_chans: Annotated[int | None, typer.Option(min=1, max=10_000, help="Of a text; 3 if left out.")] = None,
    resolution: Annotated[
        str, typer.Option(help="Pixels, as 224 or 224x160: fixed in onnx and torch_export without --dynamic.")
    ] = "",
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1, help="Of a text's initial weights.")] = 0,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what is there.")] = False,
) -> None:
    """Write a network as a file or folder, load that again, and print how far its outputs are off.

    Nothing is kept under the final name that does not give the same outputs.
    """
    goal, sides = find_target(to), parsed_resolution(resolution)
    # Loaded here: `--help` answers at once.
    from moat_lab.export.write import check, default_path, write_export

    check(goal, out, overwrite=overwrite, fold=fold, dynamic=dynamic, opset=opset)
    from moat_lab.export.exported_part import held_part, part_left_out
    from moat_lab.export.folding import folded
    from moat_lab.export.subject import load_subject, with_open_sides

    of = load_subject(network, num_classes=num_classes, in_chans=in_chans, resolution=sides, seed=seed)
    if left_out := part_left_out(of, goal):
        typer.echo(left_out)
    of = with_open_sides(of) if dynamic else held_part(of, goal)
    of = of if opset is None else replace(of, opset=opset)
    if not of.trained:
        typer.echo(f"not trained: freshly initialised with seed {seed}")
    if fold:
        of, gone, norms = folded(of)
        typer.echo(f"folded {gone} of {norms} batch norms")
    done = write_export(of, goal, out or default_path(of, goal), overwrite=overwrite)
    typer.echo(f"outputs differ by at most {done.apart:.2g}, in batches of 1 and 3")
    if of.step:
        typer.echo(f"height and width: multiples of {of.step} from {2 * of.step} on")
    typer.echo(f"wrote {done.path}, {done.bytes:,} bytes")
