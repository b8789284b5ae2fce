"""What a search has to know of a network before it trains it."""

from dataclasses import replace

from moat_lab.records import Search

SEARCH = Search(
    space="stem(8) | 1x mbconv @w for 16px where w in {8, 16}",
    objectives=("top1", "macs"),
    limits={"macs": 3e6},
    reference={"top1": 0.0, "macs": 3e6, "latency_ms": 5.0},
    sampler={"name": "random", "seed": 0},
    trials=4,
)


def test_the_latency_is_measured_where_it_is_an_objective_or_a_limit():
    assert SEARCH.times is False
    assert replace(SEARCH, objectives=("top1", "latency_ms")).times is True
    assert replace(SEARCH, limits={"latency_ms": 5.0}).times is True
    assert replace(SEARCH, limits={"latency_ms": 5.0}).measures is True
