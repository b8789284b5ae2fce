"""Network -> ops: the one place that knows how stem, stages and head are put together."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from moat_lab.blocks.layer import Layer, Setting
from moat_lab.grammar import Network, Stage, Stem
from moat_lab.ops import (
    AveragePool,
    BatchNorm,
    Chain,
    Conv,
    Depthwise,
    Gelu,
    GlobalMean,
    LayerNorm,
    Linear,
    Op,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lowered:
    """The ops of a network, in the order in which they run."""

    stem: Op
    stages: tuple[Op, ...]
    head: Op

    @property
    def parts(self) -> tuple[tuple[str, Op], ...]:
        stages = tuple((f"stages.{i}", stage) for i, stage in enumerate(self.stages))
        return (("stem", self.stem), *stages, ("head", self.head))


def lower(network: Network, *, num_classes: int) -> Lowered:
    """A network as ops; without classes the head ends in its norm."""
    widths = [network.stem.widths[-1], *(stage.width for stage in network.stages)]
    return Lowered(
        stem=lower_stem(network.stem),
        stages=tuple(
            lower_stage(stage, width, side)
            for stage, width, side in zip(network.stages, widths, network.map_sides[1:], strict=False)
        ),
        head=lower_head(num_classes),
    )


@lru_cache(maxsize=1 << 14)
def lower_stem(stem: Stem) -> Op:
    """Convolutions; norm and GELU between them, none after the last, as the official stem."""
    steps: dict[str, Op] = {}
    for i, width in enumerate(stem.widths):
        if i:
            steps |= {f"norm_{i - 1}": BatchNorm(), f"act_{i - 1}": Gelu()}
        stride = 1 if i else stem.stride
        steps[f"conv_{i}"] = Conv(width=width, kernel=stem.kernel, stride=stride, bias=True)
    return Chain(**steps)


@lru_cache(maxsize=1 << 14)
def lower_stage(stage: Stage, in_width: int, side: int) -> Op:
    """The blocks of a stage; `side` is that of its map at the design resolution, pixels."""
    steps: dict[str, Op | None] = {}
    setting = Setting(
        in_width=in_width, width=stage.width, stride=stage.stride, pool=stage.pool, map=(side, side)
    )
    inner = Setting(in_width=stage.width, width=stage.width, map=(side, side))
    if stage.down != "mbconv":
        steps["downsample"] = _downsampling(stage, in_width)
        setting = inner
    for i, block in enumerate(stage.blocks):
        steps[f"block_{i}"] = _block(block, setting if i == 0 else inner, inner)
    return Chain(**steps)


@lru_cache(maxsize=1 << 10)
def lower_head(num_classes: int) -> Op:
    """Global mean, layer norm, linear classifier."""
    return Chain(
        mean=GlobalMean(), norm=LayerNorm(), classifier=Linear(width=num_classes) if num_classes else None
    )


@lru_cache(maxsize=1 << 14)
def _block(block: tuple[Layer, ...], first: Setting, inner: Setting) -> Op:
    """The layers of a block; equal blocks are one op."""
    seen: Counter[str] = Counter()
    steps: dict[str, Op] = {}
    for i, layer in enumerate(block):
        seen[layer.keyword] += 1
        suffix = f"_{seen[layer.keyword]}" if seen[layer.keyword] > 1 else ""
        steps[layer.keyword + suffix] = layer.lower(inner if i else first)
    return Chain(**steps)


def _downsampling(stage: Stage, in_width: int) -> Op | None:
    """What stands before the first block where that does not downsample; nothing if no shape changes."""
    stride, width = stage.stride, stage.width
    if stride == 1 and in_width == width:
        return None
    if stage.down == "patch":
        return Chain(conv=Conv(width=width, kernel=stride, stride=stride, bias=True))
    if stage.down == "dwconv":
        return Chain(depthwise=Depthwise(stride=stride), conv=Conv(width=width, bias=True))
    return Chain(
        pool=AveragePool(kernel=stage.pool, stride=stride) if stride > 1 else None,
        conv=Conv(width=width, bias=True) if in_width != width else None,
    )
