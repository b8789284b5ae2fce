"""Holm's adjustment, checked by hand."""

import math

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from moat_lab.analysis import holm


def test_each_p_counts_for_those_that_are_not_below_it():
    # 4 x 0.005, 3 x 0.01, 2 x 0.03, 1 x 0.04 raised to the one before it
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@pytest.mark.parametrize("seed", range(5))
def test_the_adjustment_is_that_of_statsmodels(seed):
    p_values = np.random.default_rng(seed).random(12) ** 3
    assert holm(p_values).tolist() == multipletests(p_values, method="holm")[1].tolist()


def test_an_adjusted_p_is_at_most_one():
    assert holm([0.6, 0.9]).tolist() == [1, 1]


def test_one_level_is_left_as_it_is():
    assert holm([0.04]).tolist() == [0.04]
    assert holm([]).tolist() == []


def test_what_was_not_tested_costs_the_others_nothing():
    adjusted = holm([math.nan, 0.01, 0.02])
    assert math.isnan(adjusted[0])
    assert adjusted[1:].tolist() == [0.02, 0.02]


@pytest.mark.parametrize("bad", [[-0.1], [1.1], [[0.1]], 0.1])
def test_other_than_a_row_of_p_values_is_an_error(bad):
    with pytest.raises(ValueError, match="p-values from 0 to 1 in one row are needed"):
        holm(bad)
