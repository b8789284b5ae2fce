"""The same networks in two results folders."""

import math

import pytest

from moat_lab.analysis.two_folders import differences_between


def test_the_difference_is_over_the_seeds_that_both_have():
    table = differences_between({"a": {0: 0.5, 1: 0.6, 7: 0.1}}, {"a": {0: 0.6, 1: 0.8, 9: 1.0}})
    row = table.to_dict("records")[0]
    assert (row["first"], row["second"]) == (pytest.approx(0.4), pytest.approx(0.8))
    assert (row["difference"], row["seeds"]) == (pytest.approx(0.15), 2)
    assert row["high"] - row["difference"] == pytest.approx(12.7062 * 0.05, abs=1e-4)


def test_one_seed_in_common_has_no_interval():
    row = differences_between({"a": {0: 0.5}}, {"a": {0: 0.7}}).to_dict("records")[0]
    assert row["difference"] == pytest.approx(0.2)
    assert math.isnan(row["low"])


def test_networks_that_only_one_has_trained_are_left_out():
    assert differences_between({"a": {0: 0.5}, "b": {}}, {"b": {0: 0.5}, "c": {0: 0.5}}).empty
