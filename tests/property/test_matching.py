"""Any network can be asked for at any cost: what comes back is it, scaled, at that cost."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from moat_lab import cost, parse
from moat_lab.costs import matched, nearest_match
from tests.property.networks import networks

MANY = settings(max_examples=150)


@MANY
@given(networks(), st.floats(0.25, 4), st.sampled_from(["macs", "params"]))
def test_a_match_is_the_network_with_other_widths_at_the_target(network, share, metric):
    target = max(1, round(getattr(cost(network), metric) * share))
    nearest = nearest_match(network, target, metric)
    assert nearest == nearest_match(network, target, metric)
    assert nearest.count == getattr(cost(nearest.network), metric)
    assert parse(str(nearest.network)) == nearest.network
    assert matched(network, target, metric) == (nearest.network if abs(nearest.excess) <= 0.02 else None)
    stages = zip(nearest.network.stages, network.stages, strict=True)
    restored = tuple(replace(scaled, width=stage.width) for scaled, stage in stages)
    assert replace(nearest.network, stages=restored) == network


@MANY
@given(networks(), st.sampled_from(["macs", "params"]))
def test_a_network_at_its_own_cost_is_itself(network, metric):
    assert matched(network, getattr(cost(network), metric), metric, tolerance=0) == network
