"""A network's stages as a drawing shows them: resolution, width, blocks, windows."""

from collections.abc import Sequence
from dataclasses import dataclass

from dashboards.architecture.layers import LayerCost
from moat_lab.blocks.attn import Attn
from moat_lab.blocks.option import value_text
from moat_lab.grammar import Network, Stage
from moat_lab.ops import Shape
from moat_lab.report.units import si


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """A layer in the drawing; `hover` are its lines of plain text."""

    kind: str
    hover: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StageDrawing:
    """Stem, a stage, or head.

    Args:
        blocks: each block its layers in order; downsampling, stem and head are blocks of one slice.
        lines: what stands below it.
    """

    name: str
    output: Shape
    blocks: tuple[tuple[Slice, ...], ...]
    lines: tuple[str, ...]


def stage_drawings(network: Network, layers: Sequence[LayerCost]) -> tuple[StageDrawing, ...]:
    """In running order; `layers` are those of the network's cost, which say the maps."""
    parts = dict.fromkeys(layer.part for layer in layers)
    return tuple(_drawing(network, part, [row for row in layers if row.part == part]) for part in parts)


def _drawing(network: Network, part: str, rows: list[LayerCost]) -> StageDrawing:
    blocks = dict.fromkeys(row.block for row in rows)
    return StageDrawing(
        name=part,
        output=rows[-1].output,
        blocks=tuple(tuple(_slice(row) for row in rows if row.block == block) for block in blocks),
        lines=tuple(_lines(network, part, rows[-1].output)),
    )


def _slice(row: LayerCost) -> Slice:
    numbers = f"{si(row.count.params)} params, {si(row.count.macs)} MACs"
    return Slice(kind=row.kind, hover=(row.name, numbers, f"output {row.output}"))


def _lines(network: Network, part: str, output: Shape) -> list[str]:
    if part == "head":
        return [f"{output.channels} outputs"]
    map_size = f"{output.height} x {output.width} px"
    if part == "stem":
        return [map_size, f"width {output.channels}"]
    stage = network.stages[int(part.removeprefix("stage ")) - 1]
    groups = [str(group.text()) for group in stage.groups]
    return [map_size, f"width {stage.width}", *groups, *_windows(stage)]


def _windows(stage: Stage) -> list[str]:
    """What each attention of the stage looks at, each once."""
    layers = [layer for group in stage.groups for layer in group.block if isinstance(layer, Attn)]
    return list(dict.fromkeys(_window(layer) for layer in layers))


def _window(layer: Attn) -> str:
    if layer.grid != "none":
        return f"over a grid of {value_text(layer.grid)}"
    return "over the whole map" if layer.window == "global" else f"in windows of {value_text(layer.window)}"
