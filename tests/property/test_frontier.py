"""In any number of objectives, frontier, ranks and volume are what brute force finds."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from moat_lab.analysis import (
    crowding_distance,
    hypervolume,
    hypervolume_trace,
    nondominated,
    nondominated_ranks,
    pareto_front,
)

# Few distinct values: ties in some objectives, and copies, are common.
LEVELS = st.integers(0, 4)
FRONT = np.array([[0, 9], [1, 5], [1, 5], [4, 4], [8, 1], [10, 0]])


@st.composite
def rows(draw, most=12):
    d = draw(st.integers(1, 4))
    return np.array(draw(st.lists(st.tuples(*[LEVELS] * d), max_size=most))).reshape(-1, d)


@st.composite
def rows_and_reference(draw):
    losses = draw(rows())
    return losses, draw(st.tuples(*[st.integers(0, 5)] * losses.shape[1]))


def beats(a, b):
    return all(x <= y for x, y in zip(a, b, strict=True)) and any(x < y for x, y in zip(a, b, strict=True))


def cells(losses, reference):
    """Volume by counting unit cells, each by its lowest corner."""
    corners = product(*map(range, reference))
    return sum(any(all(x <= c for x, c in zip(row, cell, strict=True)) for row in losses) for cell in corners)


@given(rows())
def test_the_frontier_is_the_brute_force_one(losses):
    found = nondominated(losses)
    assert found.tolist() == [not any(beats(other, row) for other in losses) for row in losses]


@given(rows())
def test_the_rank_is_one_more_than_the_highest_of_those_that_beat_it(losses):
    def rank(row):
        return 1 + max((rank(other) for other in losses if beats(other, row)), default=-1)

    assert nondominated_ranks(losses).tolist() == [rank(row) for row in losses]


@given(rows_and_reference())
def test_the_volume_is_the_cells_counted_by_hand(case):
    losses, reference = case
    assert hypervolume(losses, reference) == cells(losses.tolist(), reference)


@given(rows_and_reference())
def test_the_trace_is_the_cells_counted_after_each_row(case):
    losses, reference = case
    expected = [cells(losses[: i + 1].tolist(), reference) for i in range(len(losses))]
    assert hypervolume_trace(losses, reference).tolist() == expected


@given(rows(), st.randoms(use_true_random=False))
def test_the_order_of_distinct_rows_does_not_change_their_crowding(losses, random):
    distinct = np.unique(losses, axis=0)
    order = random.sample(range(len(distinct)), len(distinct))
    assert crowding_distance(distinct[order]).tolist() == crowding_distance(distinct)[order].tolist()


def test_crowding_adds_the_gaps_between_neighbours_in_units_of_the_spread():
    # [1, 5]: (4 - 0) / 10 + (9 - 4) / 9; [4, 4]: (8 - 1) / 10 + (5 - 1) / 9; [8, 1]: 6 / 10 + 4 / 9
    expected = [np.inf, 0.4 + 5 / 9, 0, 0.7 + 4 / 9, 0.6 + 4 / 9, np.inf]
    assert crowding_distance(FRONT).tolist() == pytest.approx(expected)


def test_crowding_ignores_an_objective_without_spread():
    flat = np.column_stack([FRONT[:, 0], np.full(6, 7), FRONT[:, 1]])
    assert crowding_distance(flat).tolist() == crowding_distance(FRONT).tolist()


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        (np.empty((0, 2)), []),
        ([[3, 3]], [np.inf]),
        ([[3, 3], [3, 3], [3, 3]], [np.inf, 0, 0]),
        ([[1, 2], [2, 1], [1, 2]], [np.inf, np.inf, 0]),
        ([[0.0, 1], [-0.0, 1], [1, 0]], [np.inf, 0, np.inf]),
    ],
)
def test_copies_have_no_crowding_distance_and_so_leave_first(losses, expected):
    assert crowding_distance(losses).tolist() == expected


def test_an_infinite_loss_is_dominated_but_has_no_crowding_distance():
    losses = [[0, np.inf, 1], [0, 2, 1], [-np.inf, 3, 3]]
    assert nondominated(losses).tolist() == [False, True, True]
    with pytest.raises(ValueError, match="finite losses are needed"):
        crowding_distance(losses)


def test_a_chain_has_a_rank_for_each_row():
    assert nondominated_ranks([[2, 2, 2], [0, 0, 0], [1, 1, 1]]).tolist() == [2, 0, 1]


def test_one_objective_dominates_the_distance_to_the_reference():
    assert hypervolume([[3.0], [1.5]], [4]) == 2.5
    assert hypervolume([[5.0]], [4]) == 0


@pytest.mark.parametrize("d", [1, 2, 3])
def test_nan_is_an_error(d):
    losses = np.full((2, d), np.nan)
    for function in (nondominated, nondominated_ranks, crowding_distance):
        with pytest.raises(ValueError, match="losses without NaN"):
            function(losses)
    for function in (hypervolume, hypervolume_trace):
        with pytest.raises(ValueError, match="losses without NaN"):
            function(losses, [1.0] * d)


@pytest.mark.parametrize("losses", [[], [1, 2], [[], []]])
def test_losses_need_a_column_for_each_objective(losses):
    with pytest.raises(ValueError, match=r"shape \(N, d\) with d >= 1 are needed; got"):
        nondominated(losses)


@pytest.mark.parametrize("reference", [[1], [1, 2, 3], 4, [1, np.nan]])
def test_the_reference_needs_a_number_for_each_objective(reference):
    with pytest.raises(ValueError, match="a reference of 2 numbers is needed; got"):
        hypervolume([[0, 0]], reference)
    with pytest.raises(ValueError, match="a reference of 2 numbers is needed; got"):
        hypervolume_trace([[0, 0]], reference)


@given(st.lists(st.tuples(LEVELS, LEVELS), max_size=30))
def test_a_cheap_good_point_is_one_of_two_low_losses(points):
    front = pareto_front([c for c, _ in points], [s for _, s in points])
    beaten = [any(beats((c, -s), (cost, -score)) for c, s in points) for cost, score in points]
    assert front.tolist() == [not lost for lost in beaten]


@given(rows().filter(len), st.data())
def test_a_dominated_row_changes_neither(losses, data):
    more = np.vstack([losses, data.draw(st.sampled_from(losses.tolist())) + np.eye(1, losses.shape[1])])
    far = [9] * losses.shape[1]
    assert nondominated(more).tolist() == [*nondominated(losses).tolist(), False]
    assert hypervolume(more, far) == hypervolume(losses, far)


@pytest.mark.parametrize(("costs", "scores"), [([1.0, np.nan], [1, 1]), ([1, 1], [np.nan, 1.0])])
def test_nan_in_a_cost_or_a_score_is_an_error(costs, scores):
    with pytest.raises(ValueError, match="without NaN"):
        pareto_front(costs, scores)


def test_different_lengths_are_an_error():
    with pytest.raises(ValueError, match=r"one length are needed; got \(1,\) and \(2,\)"):
        pareto_front([1], [1, 2])
