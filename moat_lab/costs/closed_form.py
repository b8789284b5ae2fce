"""The cost of a network from its ops: exact, and without building it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from moat_lab.errors import UserError
from moat_lab.grammar import Network, to_network
from moat_lab.lowering import LoweredPart, parts_at
from moat_lab.metrics import CLOSED_FORM, METRICS
from moat_lab.ops import Count, InputSpec, Shape, input_spec
from moat_lab.ops.inputs import Resolution

if TYPE_CHECKING:
    import pandas as pd

LEVELS = ("stage", "layer", "op")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one image costs.

    Attributes:
        params: trainable parameters.
        macs: multiply-accumulates of convolutions, linear layers and the two attention products.
        activations: output elements of the same operators.
        inputs: resolution, channels and classes.
        parts: stem, stages and head, each with its ops and its map.
    """

    params: int
    macs: int
    activations: int
    network: Network
    inputs: InputSpec
    parts: tuple[LoweredPart, ...] = field(repr=False, compare=False)

    def value(self, metric: str) -> float:
        """One of the metrics that have a closed form, such as `memory_mb`."""
        closed_form = METRICS[metric].closed_form
        assert closed_form is not None, f"{metric} has to be measured"
        return closed_form(self)

    @property
    def values(self) -> dict[str, float]:
        """Every metric that has a closed form, by name."""
        return {metric: self.value(metric) for metric in CLOSED_FORM}

    def rows(self, by: str = "layer") -> list[Row]:
        """Where the cost arises, in running order; the numbers add up to the totals.

        Args:
            by: `stage`, `layer` or `op`.
        """
        if by not in LEVELS:
            raise UserError(f"a cost table is by {', '.join(LEVELS)}; got '{by}'")
        rows: dict[str, Row] = {}
        names = ["stem", *(f"stage {i}" for i in range(1, len(self.parts) - 1)), "head"]
        for part_name, part in zip(names, self.parts, strict=True):
            for leaf_name, leaf, before in part.op.leaves(part.before):
                name = _row_name(part_name, leaf_name, by)
                count = rows[name].count if name in rows else Count()
                rows[name] = Row(name, leaf.out(before), count + leaf.count(before))
        return list(rows.values())

    def _repr_html_(self) -> str:
        """What a notebook shows: the cost of each stage, and of all."""
        rows = [(row.name, str(row.output), row.count.params, row.count.macs) for row in self.rows("stage")]
        rows.append(("all", "", self.params, self.macs))
        cells = "".join(
            f"<tr><td>{name}</td><td>{output}</td><td>{params:,}</td><td>{macs:,}</td></tr>"
            for name, output, params, macs in rows
        )
        head = "<tr><th>part</th><th>output</th><th>params</th><th>MACs</th></tr>"
        return f"<table>{head}{cells}</table>"

    def table(self, by: str = "layer") -> pd.DataFrame:
        """The rows as a table: name, output (channels x height x width), params, macs, activations."""
        import pandas as pd

        return pd.DataFrame(
            {
                "name": row.name,
                "output": str(row.output),
                "params": row.count.params,
                "macs": row.count.macs,
                "activations": row.count.activations,
            }
            for row in self.rows(by)
        )


@dataclass(frozen=True, slots=True)
class Row:
    """A part of a network: its name, the map that leaves it, its cost."""

    name: str
    output: Shape
    count: Count


def cost(
    network: Network | str,
    resolution: Resolution | None = None,
    *,
    num_classes: int = 1000,
    in_chans: int = 3,
) -> Cost:
    """The exact cost of one image, in closed form.

    Args:
        network: a network, its text, or a name of the ZOO.
        resolution: side of the image, or (height, width), pixels; left out, the design resolution.

    Raises:
        GrammarError: the text is not a network.
        UserError: a side or the number of channels is below 1, or that of classes below 0.
    """
    network = to_network(network)
    side = resolution if resolution is not None else network.resolution
    return cost_at(network, input_spec(side, in_chans=in_chans, classes=num_classes))


def cost_at(network: Network, inputs: InputSpec) -> Cost:
    """As `cost`, of what is parsed and checked."""
    parts = parts_at(network, inputs)
    params = macs = activations = 0
    for part in parts:
        params += part.count.params
        macs += part.count.macs
        activations += part.count.activations
    return Cost(
        params=params, macs=macs, activations=activations, network=network, inputs=inputs, parts=parts
    )


def _row_name(part: str, leaf: str, by: str) -> str:
    """`stage 1`, `block_1.mbconv.branch.expand_conv` -> stage 1 block 2 mbconv expand_conv, or less."""
    steps = [step for step in leaf.split(".") if step not in ("branch", "shortcut")]
    if steps[0].startswith("block_"):
        steps[0] = f"block {int(steps[0].removeprefix('block_')) + 1}"
    elif by == "layer" and not part.startswith("stage"):
        steps = []
    depth = {"stage": 0, "layer": 2 if steps and steps[0].startswith("block") else 1, "op": len(steps)}[by]
    return " ".join([part, *steps[:depth]])
