"""Peak activation memory: the most megabytes that feature maps take at a time, one image in float32.

Every op writes a new map, and a map is freed after its last use. Weights, and what a library takes beside
the maps for padding or its algorithms, are not counted.

Source: the peak memory of MCUNet, Lin et al. 2020, arXiv 2007.10319, section 2.
"""

from functools import lru_cache, singledispatch

from moat_lab.lowering import LoweredPart
from moat_lab.metrics.metric import Counted, Metric
from moat_lab.ops import Attention, Chain, Op, Residual, Shape

BYTES = 4


def peak_memory_mb(counted: Counted) -> float:
    """The peak over stem, stages and head; 10^6 bytes are a megabyte."""
    return max(map(_peak_of, counted.parts)) * BYTES / 1e6


@lru_cache(maxsize=1 << 16)
def _peak_of(part: LoweredPart) -> int:
    return peak(part.op, part.before)


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
        beside = 0 if identity and first else out
        most, shape, first = max(most, beside + peak(step, shape)), step.out(shape), False
    return most


def elements(shape: Shape) -> int:
    return shape.channels * shape.pixels


METRIC = Metric(
    title="peak memory",
    unit="MB",
    axis="peak activation memory (MB)",
    header="memory, MB",
    closed_form=peak_memory_mb,
)
