"""Positions on one axis, moved apart."""

from moat_lab.report.spacing import dodged, spread


def test_spread_moves_positions_apart_and_keeps_their_order():
    assert spread([5.0, 5.0, 6.0], gap=2, low=0, high=20) == [5.0, 7.0, 9.0]
    assert spread([9.0, 1.0], gap=2, low=0, high=20) == [9.0, 1.0]


def test_spread_stays_within_the_bounds():
    assert spread([19.0, 20.0, 20.0], gap=2, low=0, high=20) == [16.0, 18.0, 20.0]
    assert spread([1.0] * 5, gap=10, low=0, high=4) == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert spread([3.0], gap=10, low=0, high=4) == [3.0]
    assert spread([], gap=10, low=0, high=4) == []


def test_dodged_moves_neighbours_apart_around_their_middle_and_leaves_the_others():
    assert dodged([10.0, 10.0, 50.0], gap=4) == [8.0, 12.0, 50.0]
    assert dodged([50.0, 11.0, 10.0, 12.0], gap=4) == [50.0, 11.0, 7.0, 15.0]
    assert dodged([], gap=4) == []


def test_dodged_makes_one_row_of_clusters_that_would_meet():
    # Two pairs, each spread by 4 around its middle, would be 3 apart: all four stand in one row.
    assert dodged([10.0, 10.0, 17.0, 17.0], gap=4) == [7.5, 11.5, 15.5, 19.5]
