"""Planted factors are found, and only where they make networks good."""

import logging
import math
import warnings
from itertools import product

import numpy as np
import pandas as pd
import pytest

from moat_lab.analysis import importances

# Every combination, so that factors are independent: 4 x 4 x 2 x 4 rows.
GRID = pd.DataFrame(
    list(product("abcd", "abcd", "xy", "1234")), columns=["lifts", "sinks", "nothing", "copy"]
)
NOISE = np.random.default_rng(0).normal(0, 0.01, len(GRID))


def planted():
    """`lifts` = a makes the best eighth better; `sinks` = a ruins: it matters among the worst only."""
    best = (GRID["lifts"] == "a") & (GRID["sinks"] != "a")
    return 0.5 + 0.3 * best - 0.4 * (GRID["sinks"] == "a") + NOISE


def test_a_factor_that_matters_among_good_networks_comes_first():
    found = importances(GRID, planted())
    assert next(iter(found)) == "lifts"
    assert found["lifts"] > 0.6 > 0.3 > found["sinks"] > found["nothing"]
    assert sum(found.values()) == pytest.approx(1)


def test_what_ruins_a_network_comes_first_where_low_is_good():
    assert next(iter(importances(GRID, -planted()))) == "sinks"


def test_a_factor_with_one_level_has_none():
    found = importances(GRID.assign(fixed="always"), planted())
    assert found["fixed"] == 0
    assert list(found)[-1] == "fixed"


def test_where_nothing_matters_all_have_none():
    assert importances(GRID, np.full(len(GRID), 0.5)) == dict.fromkeys(GRID.columns, 0)


def test_too_few_trials_say_nothing():
    found = importances(GRID[:19], planted()[:19])
    assert list(found) == list(GRID.columns)
    assert all(map(math.isnan, found.values()))
    assert not any(map(math.isnan, importances(GRID[:20], planted()[:20]).values()))


def test_rows_without_a_score_are_left_out():
    scores = planted()
    more = pd.concat([GRID, GRID])
    with_gaps = np.concatenate([scores, np.full(len(GRID), math.nan)])
    assert importances(more, with_gaps) == importances(GRID, scores)


def test_a_missing_level_is_a_level():
    scores = planted()
    gaps = GRID.assign(lifts=GRID["lifts"].where(GRID["lifts"] != "a", None))
    assert importances(gaps, scores) == pytest.approx(importances(GRID, scores))


def test_equal_importances_come_in_the_same_order_each_time():
    twins = GRID[["nothing"]].assign(**{f"twin_{i}": GRID["nothing"] for i in range(8)})
    found = list(importances(twins, planted()))
    assert found == [f"twin_{i}" for i in reversed(range(8))] + ["nothing"]


def test_optuna_says_nothing_and_keeps_its_settings(capfd):
    level = logging.getLogger("optuna").level
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        importances(GRID, np.full(len(GRID), 0.5))
    assert capfd.readouterr() == ("", "")
    assert logging.getLogger("optuna").level == level


def test_each_row_needs_a_score():
    with pytest.raises(ValueError, match=r"one score for each of 128 rows is needed; got shape \(3,\)"):
        importances(GRID, [1, 2, 3])
