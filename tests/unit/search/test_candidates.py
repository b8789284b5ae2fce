import pytest

from moat_lab import cost, parse
from moat_lab.errors import UserError
from moat_lab.search.candidates import Candidates
from tests.unit.search.conftest import price


def test_rising_numbers_are_whole_numbers_to_optuna_and_all_else_categories(candidates):
    kinds = {name: type(d).__name__ for name, d in candidates.distributions().items()}
    assert kinds == {
        "order": "CategoricalDistribution",
        "n": "IntDistribution",
        "a": "IntDistribution",
        "b": "IntDistribution",
        "c": "IntDistribution",
    }


def test_parameters_and_points_are_each_others_inverse(candidates):
    for digits in candidates.counted()[::97]:
        assert candidates.digits(candidates.params(digits)) == digits


def test_a_point_has_its_levels_and_exact_costs(candidates):
    variant = candidates.variant((1, 2, 0, 1, 3))
    of = cost(variant.network, 16, num_classes=10, in_chans=1)
    assert variant.factors == {"order": "mlp", "n": "3", "a": "4", "b": "8", "c": "16"}
    assert (variant.params, variant.macs, variant.activations) == (of.params, of.macs, of.activations)


def test_the_nearest_is_within_the_limits_and_not_taken(candidates):
    start = (0, 3, 7, 7, 7)
    assert candidates.excess(start) > 0
    first = candidates.nearest(start, ())
    assert candidates.excess(first) == 0
    second = candidates.nearest(start, {candidates.variant(first).key})
    assert second != first
    assert candidates.excess(second) == 0


def test_nothing_is_nearest_where_all_is_taken():
    space = parse("stem(4) | n x mbconv @8 for 16px where n in 1..3")
    few = Candidates(space=space, limits={}, price=price())
    assert few.nearest((0,), {few.variant((i,)).key for i in range(3)}) is None


def test_without_a_network_within_the_limits_the_nearest_is_named():
    space = parse("stem(4) | n x mbconv @8 for 16px where n in 1..3")
    with pytest.raises(UserError) as error:
        Candidates(space=space, limits={"macs": 100.0}, price=price()).some_feasible()
    assert "no network of the space keeps them; the nearest has" in str(error.value)
    assert "stem(4) | 1x mbconv @8 for 16px" in str(error.value)
