import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from optuna.distributions import CategoricalDistribution, IntDistribution

from moat_lab.analysis.frontier import hypervolume
from moat_lab.search.hypervolume_improvement import (
    expected_improvements,
    features,
    improvements,
    reference_point,
)

FRONT = np.array([[0.0, 1.0], [1.0, 0.0]])
CORNER = np.array([2.0, 2.0])
rows = st.lists(st.tuples(*[st.integers(0, 4)] * 3), min_size=1, max_size=6)


def test_a_point_adds_what_it_alone_dominates():
    asked = np.array([[0.5, 0.5], [1.5, 1.5], [-1.0, 1.0], [0.0, 3.0]])
    assert improvements(FRONT, asked, CORNER) == pytest.approx([0.25, 0.0, 1.0, 0.0])


@given(rows, rows)
def test_gains_are_differences_of_volumes_in_three_objectives(known, asked):
    corner = np.array([4.0, 4.0, 4.0])
    before = hypervolume(known, corner)
    after = [hypervolume([*known, row], corner) for row in asked]
    gains = improvements(np.array(known, dtype=float), np.array(asked, dtype=float), corner)
    assert gains == pytest.approx(np.array(after) - before)


def test_where_nothing_is_better_than_the_corner_yet_all_up_to_it_is_gained():
    assert improvements(np.array([[5.0, 5.0]]), np.array([[1.0, 0.5]]), CORNER) == pytest.approx([1.5])


def test_what_is_unsure_may_add_more_than_what_is_known():
    sure, unsure = [0.0, 0.0], [0.1, 0.0]
    means = np.array([[1.0, 0.5]] * 2)
    gains = expected_improvements(FRONT, means, np.array([sure, unsure]), CORNER, np.random.default_rng(0))
    assert gains == pytest.approx([0.0, 0.5 * 0.1 / math.sqrt(2 * math.pi)], abs=0.001)


def test_without_a_reference_the_corner_is_a_tenth_beyond_the_frontier():
    losses = np.array([[0.0, 10.0], [2.0, 0.0], [3.0, 30.0]])
    assert reference_point(losses, np.array([np.inf, np.inf])) == pytest.approx([2.2, 11.0])
    assert reference_point(losses, np.array([5.0, np.inf])) == pytest.approx([5.0, 11.0])


def test_numbers_are_positions_and_categories_are_columns():
    space = {"kind": CategoricalDistribution(("x", "y")), "n": IntDistribution(1, 5)}
    said = features([{"kind": "y", "n": 2}, {"kind": "x", "n": 5}], space)
    assert said.tolist() == [[0.0, 1.0, 0.25], [1.0, 0.0, 1.0]]


def test_a_large_frontier_in_three_objectives_still_rules_out_what_it_dominates():
    steps = np.linspace(0, 1, 12)
    front = np.array([(x, y, 2 - x - y) for x in steps for y in steps])
    asked = np.array([[0.9, 0.9, 1.9], [0.4, 0.4, 0.4]])
    gains = expected_improvements(
        front, asked, np.zeros((2, 3)), np.array([2.0, 2.0, 3.0]), np.random.default_rng(0)
    )
    assert gains[0] == 0
    assert gains[1] > 0.1
