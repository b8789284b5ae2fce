"""Network -> ops: the one place that knows how stem, stages and head are put together."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from moat_lab.blocks.layer import Layer, Setting
from moat_lab.grammar import Network, Stage, Stem
from moat_lab.grammar.template import BLOCK
from moat_lab.ops import (
    AveragePool,
    BatchNorm,
    Chain,
    Conv,
    Count,
    Depthwise,
    Gelu,
    GlobalMean,
    HeadOp,
    InputSpec,
    LayerNorm,
    Linear,
    Op,
    Shape,
)
from moat_lab.ops.head import last_maps, padded


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


@dataclass(frozen=True, slots=True, eq=False)
class LoweredPart:
    """Stem, stage or head at a map: its op, the maps before and after it, and what it costs there."""

    op: Op
    before: Shape
    after: Shape
    count: Count


def parts_at(network: Network, inputs: InputSpec) -> tuple[LoweredPart, ...]:
    """Stem, stages and head of a network as they run on such images; equal ones are the same object.

    Under a head that is not the linear one images are padded to multiples of the largest stride.
    """
    head = inputs.head
    at = last_maps(network.reductions, head.stride if head else None)
    image = padded(inputs.shape, max(at)) if head else inputs.shape
    parts = [stem_part(network.stem, image)]
    dilations = pairwise(dilations_at(network, head.stride if head else None))
    for stage, side, around in zip(network.stages, network.map_sides[1:], dilations, strict=True):
        parts.append(stage_part(stage, side, parts[-1].after, around))
    if head is None:
        return (*parts, head_part(inputs.classes, parts[-1].after))
    maps = tuple((stride, parts[position].after) for stride, position in at.items())
    op = HeadOp(head=head, maps=maps, classes=inputs.classes, image=image)
    return (*parts, _part(op, parts[-1].after))


def dilations_at(network: Network, output_stride: int | None) -> list[int]:
    """After the stem and after each stage, of networks that reduce an image by no more than this."""
    return [max(1, reduction // (output_stride or reduction)) for reduction in network.reductions]


@lru_cache(maxsize=1 << 14)
def stem_part(stem: Stem, before: Shape) -> LoweredPart:
    return _part(lower_stem(stem), before)


@lru_cache(maxsize=1 << 16)
def stage_part(stage: Stage, side: int, before: Shape, dilations: tuple[int, int] = (1, 1)) -> LoweredPart:
    return _part(lower_stage(stage, before.channels, side, dilations), before)


@lru_cache(maxsize=1 << 14)
def head_part(num_classes: int, before: Shape) -> LoweredPart:
    return _part(lower_head(num_classes), before)


def _part(op: Op, before: Shape) -> LoweredPart:
    return LoweredPart(op, before, op.out(before), op.count(before))


def lower(
    network: Network, *, num_classes: int, pooled: bool = True, output_stride: int | None = None
) -> Lowered:
    """A network as ops; see `lower_head`.

    Strides that would reduce the image by more than `output_stride` are removed, and depthwise convolutions
    after them are dilated instead, so that all weights still fit.

    Source: Chen et al. 2017, arXiv 1706.05587, section 3.1.
    """
    widths = [network.stem.widths[-1], *(stage.width for stage in network.stages)]
    dilations = dilations_at(network, output_stride)
    at = zip(network.stages, widths, network.map_sides[1:], pairwise(dilations), strict=False)
    return Lowered(
        stem=lower_stem(network.stem),
        stages=tuple(lower_stage(*place) for place in at),
        head=lower_head(num_classes, pooled=pooled),
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
def lower_stage(stage: Stage, in_width: int, side: int, dilations: tuple[int, int] = (1, 1)) -> Op:
    """The blocks of a stage; `side` is that of its map at the design resolution, pixels.

    `dilations` are those before and after its own stride, which is removed as far as they differ.
    """
    steps: dict[str, Op | None] = {}
    before, after = dilations
    first = Setting(
        in_width=in_width,
        width=stage.width,
        stride=stage.stride * before // after,
        dilation=before,
        pool=stage.pool,
        map=(side, side),
    )
    inner = Setting(in_width=stage.width, width=stage.width, dilation=after, map=(side, side))
    if stage.down != BLOCK:
        steps["downsample"] = _downsampling(stage, first)
        first = inner
    blocks = [op for g in stage.groups for op in [_block(g.block, inner, inner)] * g.depth]
    blocks[0] = _block(stage.groups[0].block, first, inner)
    return Chain(**steps, **{f"block_{i}": block for i, block in enumerate(blocks)})


@lru_cache(maxsize=1 << 10)
def lower_head(num_classes: int, *, pooled: bool = True) -> Op:
    """Global mean, layer norm, linear classifier.

    Without classes it ends in its norm. What is not pooled is classified at each pixel; with neither nothing
    is left of the head.
    """
    if not pooled and not num_classes:
        return Chain()
    return Chain(
        mean=GlobalMean() if pooled else None,
        norm=LayerNorm(),
        classifier=Linear(width=num_classes) if num_classes else None,
    )


@lru_cache(maxsize=1 << 14)
def _block(block: tuple[Layer, ...], first: Setting, inner: Setting) -> Op:
    """The layers of a block; equal blocks are one op."""
    times: Counter[str] = Counter()
    steps: dict[str, Op] = {}
    for i, layer in enumerate(block):
        times[layer.keyword] += 1
        suffix = f"_{times[layer.keyword]}" if times[layer.keyword] > 1 else ""
        steps[layer.keyword + suffix] = layer.lower(inner if i else first)
    return Chain(**steps)


def _downsampling(stage: Stage, at: Setting) -> Op | None:
    """What stands before the first block where that does not downsample; nothing if no shape changes."""
    stride, dilation, width = at.stride, at.dilation, at.width
    if stage.stride == 1 and at.in_width == width:
        return None
    if stage.down == "patch":
        patch = Conv(width=width, kernel=stage.stride, stride=stride, dilation=dilation, bias=True)
        return Chain(conv=patch)
    if stage.down == "dwconv":
        depthwise = Depthwise(stride=stride, dilation=dilation)
        return Chain(depthwise=depthwise, conv=Conv(width=width, bias=True))
    return Chain(
        pool=AveragePool(kernel=at.pool, stride=stride) if stride > 1 else None,
        conv=Conv(width=width, bias=True) if at.in_width != width else None,
    )
