"""`python -m moat_lab cost NETWORK`: what a network costs and where; what the networks of a space cost."""

from __future__ import annotations

from typing import Annotated

import typer

from moat_lab.costs import screen
from moat_lab.costs.closed_form import Cost, cost_at
from moat_lab.costs.space_summary import summarise
from moat_lab.errors import UserError
from moat_lab.grammar import Space, parse
from moat_lab.heads import typed_head
from moat_lab.measure.network_latency import latency
from moat_lab.ops.inputs import input_spec, parsed_resolution

EXAMPLES = (
    "moat-lab cost tiny_moat_0",
    'moat-lab cost "stem(16) | 2x mbconv+attn @32 for 32px" --by layer',
    "moat-lab cost moat_0 --resolution 384 --csv",
)


def command(
    network: Annotated[str, typer.Argument(help="A network or a space as text, or a name such as moat_0.")],
    resolution: Annotated[
        str,
        typer.Option(help="Pixels: 224, or height x width as 224x160; the design resolution if left out."),
    ] = "",
    by: Annotated[str, typer.Option(help="Rows of the table: stage, layer or op.")] = "stage",
    classes: Annotated[int, typer.Option(min=0, max=10**6, help="0 leaves the classifier out.")] = 1000,
    channels: Annotated[int, typer.Option(min=1, max=10_000, help="Channels of the image.")] = 3,
    head: Annotated[
        str, typer.Option(help="On the network's maps, such as deeplabv3plus or fpn,channels=128.")
    ] = "",
    measure: Annotated[
        bool, typer.Option("--measure", help="Also count with fvcore, and time a forward pass.")
    ] = False,
    device: Annotated[str, typer.Option(help="Where it is timed: cpu, cuda, cuda:1.")] = "cpu",
    batch: Annotated[int, typer.Option(min=1, max=10**6, help="Images of the pass that is timed.")] = 1,
    dtype: Annotated[str, typer.Option(help="Of its weights: float32, bfloat16, float16.")] = "float32",
    threads: Annotated[int, typer.Option(min=1, max=1024, help="Of the processor, for the pass.")] = 1,
    runtime: Annotated[str, typer.Option(help="What runs it: torch or onnxruntime.")] = "torch",
    fresh: Annotated[bool, typer.Option("--fresh", help="Time again what was timed before.")] = False,
    csv: Annotated[bool, typer.Option("--csv", help="Plain CSV instead of a table.")] = False,
) -> None:
    """Print parameters, MACs and activations of one image, exact and without building the network.

    A space (a text with `where`) gives their least, median and most over its networks.
    """
    parsed, sides = parse(network), parsed_resolution(resolution)
    if measure and (csv or isinstance(parsed, Space)):
        raise UserError("--measure takes one network, and prints no CSV")
    design = parsed.template.resolution if isinstance(parsed, Space) else parsed.resolution
    inputs = input_spec(
        sides or design, in_chans=channels, classes=classes, head=typed_head(head) if head else None
    )
    if measure and head:
        raise UserError("--measure takes a network with its linear classifier\n  leave --head out")
    if isinstance(parsed, Space):
        of_space = summarise(parsed, inputs)
        (screen.write_summary if csv else screen.print_summary)(of_space)
        return
    of_network = cost_at(parsed, inputs)
    (screen.write_cost if csv else screen.print_cost)(of_network, by)
    if measure:
        _count(of_network)
        timed = latency(
            parsed,
            device,
            batch,
            inputs.resolution,
            dtype,
            threads=threads,
            runtime=runtime,
            num_classes=classes,
            in_chans=channels,
            fresh=fresh,
        )
        typer.echo(f"latency: {timed}")


def _count(closed_form: Cost) -> None:
    """Print what fvcore says of the network."""
    from moat_lab.measure.fvcore_counter import fvcore_counts
    from moat_lab.models import build

    inputs = closed_form.inputs
    model = build(closed_form.network, inputs.classes, inputs.in_chans).eval()
    counted = fvcore_counts(model, inputs.resolution, in_chans=inputs.in_chans)
    equal = counted == (closed_form.macs, closed_form.activations)
    typer.echo(
        f"fvcore: {counted[0]:,} MACs, {counted[1]:,} activations, {'equal' if equal else 'NOT equal'}"
    )
