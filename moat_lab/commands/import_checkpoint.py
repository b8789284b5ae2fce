"""`python -m moat_lab import-checkpoint PREFIX --network moat_0 -o moat_0.safetensors`."""

from pathlib import Path
from typing import Annotated

import typer

EXAMPLES = ("moat-lab import-checkpoint moat_0/model.ckpt --network moat_0 -o moat_0.safetensors",)


def command(
    prefix: Annotated[
        Path, typer.Argument(help="The checkpoint: its files are PREFIX.index, PREFIX.data-...")
    ],
    network: Annotated[str, typer.Option(help="The network's text, or its name, such as moat_0.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The safetensors file to write.")],
) -> None:
    """Turn an official TensorFlow checkpoint into safetensors for `build` and `timm.create_model`.

    Moving averages are taken where the checkpoint has them. Needs TensorFlow: pip install
    'moat-lab[tensorflow]'.
    """
    # Loaded here: `--help` answers at once.
    from moat_lab.grammar import to_network
    from moat_lab.models import from_tensorflow
    from moat_lab.models.tensorflow_checkpoint import import_report, read_checkpoint
    from moat_lab.models.weights import write_weights

    target = to_network(network)
    names, read = read_checkpoint(prefix)
    state = from_tensorflow(read, target)
    write_weights(out, state, target)
    typer.echo(import_report(names, read, state))
    typer.echo(f"wrote {out}")
