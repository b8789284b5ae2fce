"""Costs carry the unit that suits the largest."""

import pytest

from dashboards.costs import countable, unit


@pytest.mark.parametrize(
    ("cost", "values", "factor", "axis", "header"),
    [
        ("macs", [5e9, 1], 1e9, "cost (GMACs)", "GMACs"),
        ("macs", [41_200_000], 1e6, "cost (MMACs)", "MMACs"),
        ("params", [999_999], 1e3, "parameters (k)", "params, k"),
        ("activations", [10], 1e3, "activations (k)", "activations, k"),
        ("activations", [], 1e3, "activations (k)", "activations, k"),
    ],
)
def test_the_unit_suits_the_largest(cost, values, factor, axis, header):
    found = unit(cost, values)
    assert (found.factor, found.axis, found.header) == (factor, axis, header)


def test_a_count_is_exact_up_to_64_bits():
    assert countable(2**63 - 1) == 9_223_372_036_854_775_807
    assert isinstance(countable(2**63), float)
