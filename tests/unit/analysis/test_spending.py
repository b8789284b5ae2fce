"""How much of the 5 % each look may spend."""

import pytest

from moat_lab.analysis.spending import level_of_look


def test_planned_looks_share_the_error_evenly_and_leave_nothing():
    assert [level_of_look(k, (3, 5, 10, 20)) for k in range(5)] == [0.0125] * 4 + [0.0]


def test_without_a_plan_the_first_look_spends_most_and_any_number_may_follow():
    levels = [level_of_look(k) for k in range(60)]
    assert levels[:3] == pytest.approx([0.04, 0.005, 0.0025])
    assert sum(levels) == pytest.approx(0.05)
    assert min(levels) > 0
