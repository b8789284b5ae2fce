"""Peak activation memory: the most megabytes that feature maps take at a time, one image in float32.

Every op writes a new map, and a map is freed after its last use. Weights, and what a library takes beside
the maps for padding or its algorithms, are not counted.

Source: Lin et al. 2020, arXiv 2007.10319 (MCUNet), section 2, of which it is the peak memory.
"""

from functools import lru_cache, singledispatch

from moat_lab.grammar import Stage, Stem
from moat_lab.lowering import lower_head, lower_stage, lower_stem
from moat_lab.metrics.metric import Counted, Metric
from moat_lab.ops import Attention, Chain, Op, Residual, Shape

BYTES = 4


def peak_memory_mb(counted: Counted) -> float:
    """The peak over stem, stages and head; 10^6 bytes are a megabyte."""
    network, shape = counted.network, counted.inputs.shape
    most, shape = _of_stem(network.stem, shape)
    for stage, side in zip(network.stages, network.map_sides[1:], strict=True):
        elements, shape = _of_stage(stage, side, shape)
        most = max(most, elements)
    return max(most, peak(lower_head(counted.inputs.classes), shape)) * BYTES / 1e6


@singledispatch
def peak(op: Op, shape: Shape) -> int:
    """The most elements at a time while an op runs, its input among them."""
    return elements(shape) + elements(op.out(shape))


@peak.register
def _(op: Attention, shape: Shape) -> int:
    return 4 * elements(shape)  # queries, keys and values, with the input or the output


@peak.register
def _(op: Chain, shape: Shape) -> int:
    return max((peak(step, before) for step, before, _, _ in op.runs(shape)), default=elements(shape))


@peak.register
def _(op: Residual, shape: Shape) -> int:
    """The shortcut is computed first, and its output kept until the sum."""
    out = elements(op.out(shape))
    steps = op.branch.steps.values() if isinstance(op.branch, Chain) else (op.branch,)
    identity = isinstance(op.shortcut, Chain) and not op.shortcut.steps
    most, first = max(peak(op.shortcut, shape), 3 * out), True
    for step in steps:
        kept = 0 if identity and first else out
        most, shape, first = max(most, kept + peak(step, shape)), step.out(shape), False
    return most


def elements(shape: Shape) -> int:
    return shape.channels * shape.pixels


@lru_cache(maxsize=1 << 14)
def _of_stem(stem: Stem, shape: Shape) -> tuple[int, Shape]:
    op = lower_stem(stem)
    return peak(op, shape), op.out(shape)


@lru_cache(maxsize=1 << 16)
def _of_stage(stage: Stage, side: int, shape: Shape) -> tuple[int, Shape]:
    op = lower_stage(stage, shape.channels, side)
    return peak(op, shape), op.out(shape)


METRIC = Metric(
    title="peak memory",
    unit="MB",
    axis="peak activation memory (MB)",
    header="memory, MB",
    closed_form=peak_memory_mb,
)
