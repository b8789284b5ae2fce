import pytest

from moat_lab import cost, parse
from moat_lab.errors import UserError
from moat_lab.ops import input_spec
from moat_lab.search.candidates import Candidates
from tests.unit.search.conftest import INPUTS


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
    for digits in candidates.points()[::97]:
        assert candidates.digits(candidates.params(digits)) == digits


def test_a_point_has_its_levels_and_exact_costs(candidates):
    variant = candidates.variant((1, 2, 0, 1, 3))
    of = cost(variant.network, 16, num_classes=10, in_chans=1)
    assert variant.factors == {"order": "mlp", "n": "3", "a": "4", "b": "8", "c": "16"}
    assert (variant.costs["params"], variant.costs["macs"], variant.costs["activations"]) == (
        of.params,
        of.macs,
        of.activations,
    )


def test_the_nearest_is_within_the_limits_and_not_taken(candidates):
    start = (0, 3, 7, 7, 7)
    assert candidates.violation(start) > 0
    first = candidates.nearest(start, ())
    assert candidates.violation(first) == 0
    second = candidates.nearest(start, {candidates.variant(first).key})
    assert second != first
    assert candidates.violation(second) == 0


def test_nothing_is_nearest_where_all_is_taken():
    space = parse("stem(4) | n x mbconv @8 for 16px where n in 1..3")
    few = Candidates(space=space, limits={}, inputs=INPUTS)
    assert few.nearest((0,), {few.variant((i,)).key for i in range(3)}) is None


def test_without_a_network_within_the_limits_the_nearest_is_named():
    space = parse("stem(4) | n x mbconv @8 for 16px where n in 1..3")
    with pytest.raises(UserError) as error:
        Candidates(space=space, limits={"macs": 100.0}, inputs=INPUTS).feasible_point()
    assert "no network of the space keeps them; the nearest has" in str(error.value)
    assert "stem(4) | 1x mbconv @8 for 16px" in str(error.value)


MANY = " | ".join(f"n{i} x b{i} @w{i}" for i in range(6))
LEVELS = ", ".join(
    f"n{i} in 1..6, b{i} in {{mbconv, mbconv(se=0.25), mlp}}, w{i} in 8..128:8" for i in range(6)
)


def many(**limits):
    """5.7e14 points; the least has 74,320 MACs and 3,674 parameters."""
    space = parse(f"stem(4) | {MANY} for 32px where {LEVELS}")
    return Candidates(space=space, limits=limits, inputs=input_spec(32, in_chans=3, classes=10))


@pytest.mark.parametrize("limits", [{"macs": 1e3}, {"macs": 74_319.0}, {"params": 3e3, "macs": 1e9}])
def test_limits_that_nothing_meets_are_told_from_bounds_in_a_space_of_any_size(limits, monkeypatch):
    monkeypatch.setattr("moat_lab.search.candidates.MAX_POINTS", 0)  # would take seconds, and is not needed
    with pytest.raises(UserError, match="no network of the space keeps them; the nearest has"):
        many(**limits).feasible_point()


def test_without_a_neighbour_within_the_limits_bounds_find_what_few_points_have(monkeypatch):
    monkeypatch.setattr("moat_lab.search.candidates._MAX_VISITED", 1)
    found = many(macs=74_320.0).nearest((5, 2, 15) * 6, ())
    assert found == (0, 2, 0) * 6


def test_the_points_that_bounds_leave_are_those_within_the_limits(candidates):
    feasible = list(candidates._feasible())
    assert len(set(feasible)) == len(feasible)
    assert set(feasible) == {digits for digits in candidates.points() if not candidates.violation(digits)}


def test_where_all_within_the_limits_are_taken_a_large_space_has_no_more(monkeypatch):
    monkeypatch.setattr("moat_lab.search.candidates._MAX_VISITED", 1)
    space = many(macs=74_320.0)
    least = space.variant((0, 2, 0) * 6).key
    assert space.nearest((5, 2, 15) * 6, {least}) is None


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        ({"macs": 100.0, "latency_ms": 5.0}, "has 19.8 k of 100 macs\n"),
        ({"latency_ms": 5.0, "params": 1.0, "macs": 100.0}, "has 1 k of 1 params, 19.8 k of 100 macs\n"),
    ],
)
def test_a_latency_that_nobody_has_measured_is_not_said(limits, said):
    space = parse("stem(4) | n x mbconv @8 for 16px where n in 1..3")
    with pytest.raises(UserError) as error:
        Candidates(space=space, limits=limits, inputs=INPUTS).feasible_point()
    assert said in str(error.value)
