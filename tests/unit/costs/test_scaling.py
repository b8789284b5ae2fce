"""Widths around a target: of the grid, nearest first, the coarsest stage before the finer ones."""

from moat_lab.costs.scaling import Scaling, width_candidates


def scaling(original, steps, target):
    """Stages that cost what they are wide."""
    return Scaling(original, steps, sum, target)


def test_four_widths_of_the_grid_lie_around_a_scaled_one():
    assert scaling((16,), (2,), 20).near(0, 1.3) == (20, 22, 18, 24)
    assert scaling((16,), (10,), 20).near(0, 1.0) == (20, 10, 30)
    assert scaling((40_000,), (2,), 20).near(0, 2.0) == (65_536, 65_534)


def test_widths_are_the_nearest_but_for_those_fixed():
    assert scaling((16, 32), (2, 8), 20).widths(1.3, {0: 6}) == (6, 40)


def test_one_stage_is_tried_at_all_four():
    assert sorted(width_candidates(scaling((16,), (2,), 21), {})) == [(18,), (20,), (22,), (24,)]


def test_the_coarsest_stage_is_tried_at_three_and_the_next_at_four_around_what_is_left():
    tried = list(width_candidates(scaling((16, 32), (8, 2), 60), {}))
    assert tried[:4] == [(24, 36), (24, 34), (24, 38), (24, 32)]
    assert tried[4:] == [(16, 44), (16, 42), (16, 46), (16, 40)]  # 32 is no candidate: 28 would be half of it


def test_from_the_fourth_stage_on_only_the_nearest_width_is_tried():
    tried = list(width_candidates(scaling((16,) * 5, (8, 8, 8, 8, 2), 88), {}))
    assert {widths[:3] for widths in tried} > {(16, 16, 16), (24, 16, 16)}
    assert all(len({w[3] for w in tried if w[:3] == first}) == 1 for first in {w[:3] for w in tried})
