"""What a design can show, before it is trained."""

from dataclasses import replace

import pytest

from moat_lab.analysis import detectable_effect
from moat_lab.analysis.design_power import design_power

SPREAD = {0: 0.0, 1: 0.01, 2: 0.02}  # deviation 0.01
FLAT = {0: 0.5, 1: 0.5, 2: 0.5}


def test_it_is_told_by_the_studys_own_variants_where_they_were_trained(plan, make):
    asked = replace(plan(make("a"), make("b"), make("c")), seeds=tuple(range(5)), planned_looks=(5,))
    scores = {"a" * 12: FLAT, "b" * 12: SPREAD, "z" * 12: {0: 0.1, 1: 0.9}}
    power = design_power(asked, scores, comparisons=2)
    assert (power.own, power.pairs, power.deviations[1]) == (True, 1, pytest.approx(0.01))
    assert power.detectable[1] == pytest.approx(detectable_effect(0.01, 5, confidence=1 - 0.05 / 2))
    assert power.power(power.detectable[1]) == pytest.approx(0.8)
    assert power.power(0.001) < 0.1


def test_other_networks_by_the_recipe_tell_it_too(plan, make):
    scores = {"x" * 12: FLAT, "y" * 12: SPREAD}
    power = design_power(plan(make("a"), make("b")), scores, comparisons=1)
    assert (power.own, power.deviations[1]) == (False, pytest.approx(0.01))


def test_four_cells_halve_what_is_shown_and_add_degrees_of_freedom(plan, make):
    study = plan(
        *(make("abc"[i], order=o, w=w) for i, (o, w) in enumerate([("p", "1"), ("q", "1"), ("p", "2")]))
    )
    scores = {"a" * 12: FLAT, "b" * 12: SPREAD}
    power = design_power(replace(study, cells=("w",)), scores, comparisons=1)
    assert (power.cells, power.seeds) == (2, 3)
    assert power.detectable[1] == pytest.approx(detectable_effect(0.01, 6, confidence=1 - 0.04, freedom=3))
    assert power.required_seeds(power.detectable[1]) == 3


def test_without_two_seeds_of_two_networks_nothing_is_known(plan, make):
    assert design_power(plan(make("a"), make("b")), {"a" * 12: {0: 0.5}}, comparisons=1) is None
