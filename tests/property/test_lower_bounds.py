"""No point of a space costs less than its bound."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moat_lab import cost, parse
from moat_lab.costs.lower_bounds import bounds_of
from moat_lab.metrics import COUNTS
from moat_lab.ops import input_spec

SPACES = (
    "stem(w, stride=s) | n x a @w | 2x b @2w(stride=t) | 1x b @v(down=pool) for 32px where w in 8..32:8, "
    "s in {1, 2}, t in {1, 2}, n in 1..3, v in {8, 16, 64}, "
    "a in {mbconv, mlp, mbconv(se=0.5)}, "
    "b in {attn(head=8), attn(head=4, window=3)+mlp, mbconv+attn(head=8, pos=none)}",
    "stem(4, w) | 1x mbconv @v | n x mlp+attn(head=4), 1x mbconv @w | 1x attn(head=8)+mlp @v(down=d) "
    "for 15px where w in {4, 8, 12}, v in {8, 16, 24}, n in 1..2, d in {patch, dwconv, pool}",
    "stem(w) | 1x mbconv @w(stride=s) | 1x mbconv @v | 1x mbconv(expand=e) @u for 16px "
    "where w in 1..9, v in 1..9, u in {1, 5, 9}, s in {1, 2}, e in {1, 4}",
)


@pytest.mark.parametrize("text", SPACES)
@given(seed=st.integers(0, 10**6), resolution=st.integers(1, 70))
def test_no_point_costs_less_than_the_bound_of_its_first_levels(text, seed, resolution):
    space, rng = parse(text), random.Random(seed)
    digits = tuple(rng.randrange(len(factor.levels)) for factor in space.factors)
    of = cost(space.at(digits), resolution, num_classes=7, in_chans=3)
    bounds = bounds_of(space, input_spec(resolution, classes=7))
    decided = [digit if rng.random() < 0.5 else None for digit in digits]
    for known in ([None] * len(digits), decided, digits):
        bound = bounds.of(known)
        assert all(bound[metric] <= getattr(of, metric) for metric in COUNTS)


@pytest.mark.parametrize(
    "text",
    [
        "stem(4) | n x mbconv @8 | m x mlp @16 for 16px where n in 2..5, m in 1..3",
        "stem(4, stride=1) | n x mbconv @8 | m x attn(head=8)+mlp @16 for 20px where n in 2..5, m in 1..3",
    ],
)
def test_where_nothing_is_open_but_depths_the_bound_is_the_cost_of_the_least(text):
    space = parse(text)
    of = cost(space.at((0, 2)), num_classes=10)
    bound = bounds_of(space, input_spec(space.template.resolution, classes=10)).of([None, 2])
    assert bound == {name: pytest.approx(getattr(of, name)) for name in COUNTS}
