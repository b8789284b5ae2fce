"""The frontier and its hypervolume are what brute force finds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moat_lab.analysis import hypervolume, pareto_front

# Few distinct values: ties in one or both coordinates are common.
POINTS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=30)


def dominated(point, points):
    cost, score = point
    return any(c <= cost and s >= score and (c < cost or s > score) for c, s in points)


def cells(points, reference):
    """Area by counting unit squares: each lies between integer costs and scores."""
    return sum(
        any(c <= x and s >= y + 1 for c, s in points)
        for x in range(reference[0])
        for y in range(reference[1], 10)
    )


@given(POINTS)
def test_the_frontier_is_the_brute_force_one(points):
    front = pareto_front([c for c, _ in points], [s for _, s in points])
    assert front.tolist() == [not dominated(point, points) for point in points]


@given(POINTS, st.integers(0, 6), st.integers(0, 6))
def test_the_hypervolume_is_the_area_counted_by_hand(points, cost, score):
    area = hypervolume([c for c, _ in points], [s for _, s in points], reference=(cost, score))
    assert area == cells(points, (cost, score))


@given(POINTS.filter(bool), st.data())
def test_a_dominated_point_changes_neither(points, data):
    cost, score = data.draw(st.sampled_from(points))
    more = [*points, (cost + 1, score - 1)]
    before, after = (
        ([c for c, _ in points], [s for _, s in points]),
        ([c for c, _ in more], [s for _, s in more]),
    )
    assert pareto_front(*after).tolist() == [*pareto_front(*before).tolist(), False]
    assert hypervolume(*after, reference=(9, -9)) == hypervolume(*before, reference=(9, -9))


@pytest.mark.parametrize(("costs", "scores"), [([1.0, np.nan], [1, 1]), ([1, 1], [np.nan, 1.0])])
def test_nan_is_an_error(costs, scores):
    with pytest.raises(ValueError, match="without NaN"):
        pareto_front(costs, scores)
    with pytest.raises(ValueError, match="without NaN"):
        hypervolume(costs, scores, reference=(2, 0))


def test_different_lengths_are_an_error():
    with pytest.raises(ValueError, match=r"one length are needed; got \(1,\) and \(2,\)"):
        pareto_front([1], [1, 2])
