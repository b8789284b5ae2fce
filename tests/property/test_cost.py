"""The closed form is exact: for any network at any resolution it is what the built module holds and runs."""

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from moat_lab import build, cost
from moat_lab.lowering import lower
from moat_lab.measure.fvcore_counter import fvcore_counts
from moat_lab.ops import Attention, Linear, Shape, UniformAttention
from tests.property.networks import networks

CLASSES = 5
MANY = settings(max_examples=500, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
TRACED = settings(MANY, max_examples=100)
"""Networks that are run or traced: what takes the time."""
TRACED_BY_FVCORE = settings(MANY, max_examples=50)
"""Each takes twice as long as a run."""
MOST_LAYERS = 8
"""Of such a network."""
SIDES = st.none() | st.tuples(st.integers(1, 50), st.integers(1, 50))
"""The design resolution, or any other."""


def small_networks():
    return networks().filter(
        lambda network: sum(len(block) for stage in network.stages for block in stage.blocks) <= MOST_LAYERS
    )


@MANY
@given(networks())
def test_parameters_are_those_of_the_module(network):
    with torch.device("meta"):
        parameters = build(network, CLASSES).parameters()
    assert cost(network, num_classes=CLASSES).params == sum(p.numel() for p in parameters if p.requires_grad)


@pytest.mark.slow
@TRACED_BY_FVCORE
@given(small_networks(), SIDES)
def test_macs_and_activations_are_those_that_fvcore_traces(network, sides):
    exact = cost(network, sides, num_classes=CLASSES)
    counted = fvcore_counts(build(network, CLASSES), exact.inputs.resolution)
    assert (exact.macs, exact.activations) == counted


@pytest.mark.slow
@TRACED
@given(small_networks(), SIDES)
def test_macs_of_each_operator_are_half_the_flops_that_torch_runs(network, sides):
    exact = cost(network, sides, num_classes=CLASSES)
    model, image = build(network, CLASSES).eval(), torch.zeros(1, 3, *exact.inputs.resolution)
    counter = FlopCounterMode(display=False)
    # Fused attention is one operator to torch; in its parts the two products are counted as they run.
    with counter, torch.no_grad(), sdpa_kernel(SDPBackend.MATH):
        model(image)
    run = {str(op): flops / 2 for op, flops in counter.get_flop_counts()["Global"].items()}
    assert {
        "convolutions": run.get("aten.convolution", 0),
        "linear layers": run.get("aten.addmm", 0) + run.get("aten.mm", 0),
        "attention products": run.get("aten.bmm", 0),
    } == macs_by_operator(network, exact.inputs.resolution)
    assert sum(run.values()) == exact.macs


@MANY
@given(networks(), SIDES)
def test_the_rows_of_every_table_add_up_to_the_totals(network, sides):
    exact = cost(network, sides, num_classes=CLASSES)
    for by in ("stage", "layer", "op"):
        rows = [row.count for row in exact.rows(by)]
        sums = [sum(getattr(count, metric) for count in rows) for metric in ("params", "macs", "activations")]
        assert sums == [exact.params, exact.macs, exact.activations]


def macs_by_operator(network, resolution) -> dict[str, int]:
    macs = {"convolutions": 0, "linear layers": 0, "attention products": 0}
    shape = Shape(3, *resolution)
    for _, part in lower(network, num_classes=CLASSES).parts:
        for _, op, before in part.leaves(shape):
            count = op.count(before).macs
            if isinstance(op, Attention):
                projections = 4 * before.channels**2 * before.pixels
                macs["linear layers"] += projections
                macs["attention products"] += count - projections
            else:
                linear = isinstance(op, Linear | UniformAttention)
                macs["linear layers" if linear else "convolutions"] += count
        shape = part.out(shape)
    return macs
