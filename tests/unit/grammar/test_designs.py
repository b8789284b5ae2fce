"""Designs hold the points that they promise, the baseline among them."""

from itertools import combinations
from math import prod

import pytest

from moat_lab import parse
from moat_lab.errors import UserError
from moat_lab.grammar.designs import DESIGNS, design, fraction, fractional_points, full, one_in, one_out

PAIRS = parse(
    "stem(8) | n x mbconv(se=s) @16 | 1x g @32 for 32px "
    "where n in {1, 2}, s in {0, 0.25}, g in {mbconv+attn, mbconv}"
)
ORDERS = parse("stem(8) | n x order @32 for 32px where n in {1, 2}, order in {mbconv+attn, attn+mlp, mbconv}")


def test_full_is_every_point_in_order():
    assert full(ORDERS) == [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]
    assert full(ORDERS) == [ORDERS.digits(i) for i in range(len(ORDERS))]


def test_one_out_changes_one_factor_to_each_of_its_other_levels():
    assert one_out(ORDERS, (0, 1)) == [(0, 1), (1, 1), (0, 0), (0, 2)]


def test_one_in_sets_one_factor_of_the_far_corner_back():
    assert one_in(PAIRS, (0, 1, 0)) == [(0, 1, 0), (1, 0, 1), (0, 0, 1), (1, 1, 1), (1, 0, 0)]


def test_one_in_of_one_factor_is_its_two_points():
    space = parse("stem(8) | n x mbconv @16 for 32px where n in {1, 2}")
    assert one_in(space, (1,)) == [(1,), (0,)]


def test_a_fraction_starts_at_the_baseline_and_changes_signs_with_it():
    assert fractional_points(PAIRS, (0, 0, 0), 3) == [(0, 0, 0), (1, 0, 1), (0, 1, 1), (1, 1, 0)]
    assert fractional_points(PAIRS, (0, 1, 1), 3) == [(0, 1, 1), (1, 1, 0), (0, 0, 0), (1, 0, 1)]


def test_a_fraction_that_few_factors_do_not_allow_is_every_point():
    assert sorted(fractional_points(PAIRS, (0, 0, 0), 5)) == full(PAIRS)


@pytest.mark.parametrize("name", DESIGNS)
@pytest.mark.parametrize("index", range(8))
def test_every_design_holds_every_baseline_and_each_point_once(name, index):
    points = design(PAIRS, PAIRS.digits(index), name, word=3)
    assert PAIRS.digits(index) in points
    assert len(points) == len(set(points)) == {"full": 8, "one_out": 4, "one_in": 5, "fractional": 4}[name]
    assert set(points) <= set(full(PAIRS))


@pytest.mark.parametrize("name", ["one_in", "fractional"])
def test_a_factor_of_three_levels_has_no_opposite(name):
    with pytest.raises(UserError) as error:
        design(ORDERS, (0, 0), name)
    assert str(error.value) == (
        f"design {name} needs two levels of every factor; "
        "got 3 of 'order': mbconv+attn, attn+mlp, mbconv\n"
        "  leave two of them, or take one_out or full"
    )


def test_a_name_that_is_near_a_design_is_asked_after():
    with pytest.raises(UserError, match=r"got 'one-out'\n  did you mean 'one_out'\?"):
        design(ORDERS, (0, 0), "one-out")


def test_a_fraction_is_one_of_three():
    with pytest.raises(UserError, match="a fraction is 3, 4 or 5; got 6"):
        design(PAIRS, (0, 0, 0), "fractional", word=6)


@pytest.mark.parametrize(
    ("word", "points"),
    [
        (3, {3: 4, 4: 8, 7: 8, 8: 16, 15: 16, 16: 32}),
        (4, {4: 8, 5: 16, 8: 16, 9: 32, 16: 32, 17: 64}),
        (5, {5: 16, 6: 32, 7: 64, 8: 64, 9: 128, 11: 128, 12: 256}),
    ],
)
def test_fractions_have_the_points_of_printed_tables(word, points):
    # Box, Hunter and Hunter 2005, table 6.22, up to 11 factors
    assert {factors: len(fraction(factors, word)) for factors in points} == points


@pytest.mark.parametrize("word", [3, 4, 5])
@pytest.mark.parametrize("factors", range(2, 13))
def test_no_product_of_fewer_factors_is_constant(word, factors):
    runs = [[1 - 2 * side for side in run] for run in fraction(factors, word)]
    for size in range(1, min(word, factors + 1)):
        for chosen in combinations(range(factors), size):
            assert sum(prod(run[i] for i in chosen) for run in runs) == 0


def test_of_fractions_with_as_few_points_the_clearest_is_taken():
    assert fraction(4, 3) == fraction(4, 4)
    assert len(fraction(4, 3)) == 8
