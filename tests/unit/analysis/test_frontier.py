"""The volume after each row, in the order in which rows came."""

import numpy as np
import pytest

from moat_lab.analysis import hypervolume, hypervolume_trace


def test_each_row_adds_what_only_it_dominates():
    # 3 x 3; beyond the reference; 2 more beside it; dominated; a copy; then a box of 4 x 4 holds all
    losses = [[1, 1], [5, 0], [3, 0], [2, 2], [1, 1], [0, 0]]
    assert hypervolume_trace(losses, [4, 4]).tolist() == [9, 9, 10, 10, 10, 16]


def test_in_one_objective_it_is_the_best_so_far():
    assert hypervolume_trace([[0.5], [0.75], [0.25]], [1]).tolist() == [0.5, 0.5, 0.75]


def test_nothing_has_an_empty_trace():
    assert hypervolume_trace(np.empty((0, 3)), [1, 1, 1]).tolist() == []


@pytest.mark.parametrize("d", [2, 3])
def test_it_agrees_with_the_volume_of_all_rows_in_units_as_unequal_as_macs_and_errors(d):
    losses = np.random.default_rng(0).random((60, d)) * [1e9, 1.0, 1e6][:d]
    reference = [1e9, 1.0, 1e6][:d]
    expected = [hypervolume(losses[: i + 1], reference) for i in range(60)]
    assert hypervolume_trace(losses, reference).tolist() == pytest.approx(expected, rel=1e-12)


def test_it_never_falls_by_rounding():
    losses = np.random.default_rng(1).normal(0.5, 1e-9, (300, 2))
    assert np.diff(hypervolume_trace(losses, [1, 1])).min() >= 0
