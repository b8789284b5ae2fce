"""The spread of costs over a space."""

from moat_lab import cost, parse
from moat_lab.costs.space_summary import summarise
from moat_lab.metrics import CLOSED_FORM
from moat_lab.ops import input_spec

SPACE = "stem(8) | n x order @w where n in 1..3, order in {mbconv, attn(head=8)+mlp}, w in {8, 16}"


EIGHT = input_spec(8)


def test_the_ends_and_the_middle_are_those_of_all_networks():
    space = parse(SPACE)
    found = summarise(space, input_spec(32, classes=10))
    assert (found.size, found.counted) == (12, 12)
    for spread in found.spreads:
        values = sorted(cost(network, 32, num_classes=10).value(spread.metric) for network in space)
        ends = spread.least.value(spread.metric), spread.most.value(spread.metric)
        assert (ends[0], spread.median, ends[1]) == (values[0], values[5], values[-1])
    assert tuple(spread.metric for spread in found.spreads) == CLOSED_FORM


def test_the_ends_are_named_networks():
    most = {spread.metric: str(spread.most.network) for spread in summarise(parse(SPACE), EIGHT).spreads}
    assert most["params"] == "stem(8) | 3x attn(head=8)+mlp @16"
    assert most["activations"] == "stem(8) | 3x mbconv @16"


def test_a_large_space_is_sampled_and_the_same_seed_draws_the_same():
    large = parse("stem(w) | a x mlp @w | b x mlp @w where w in 1..100, a in 1..20, b in 1..20")
    first, second = summarise(large, EIGHT, seed=0), summarise(large, EIGHT)
    assert (first.size, first.counted) == (40_000, 10_000)
    assert first == second
    assert first != summarise(large, EIGHT, seed=2)
