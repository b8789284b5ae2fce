"""Labels hide neither each other nor points."""

import pytest

from moat_lab.report.placement import Box, place, spread

FRAME = Box(x=50, y=50, width=100, height=100)


def test_overlap_is_the_common_area():
    assert Box(x=0, y=0, width=4, height=4).overlap(Box(x=3, y=3, width=4, height=4)) == 1
    assert Box(x=0, y=0, width=4, height=4).overlap(Box(x=9, y=0, width=4, height=4)) == 0
    assert Box(x=0, y=0, width=4, height=4).overlap(Box(x=0, y=0, width=2, height=2)) == 4


@pytest.mark.parametrize(
    "points",
    [
        [(50, 50)],
        [(50, 50), (52, 50), (50, 53)],
        [(5, 5), (95, 95), (95, 5), (5, 95)],
        [(40 + 3 * i, 40 + 2 * i) for i in range(8)],
    ],
)
def test_labels_stay_inside_and_hide_nothing(points):
    dots = [Box(x=x, y=y, width=2, height=2) for x, y in points]
    placed = place([Box(x=x, y=y, width=18, height=4) for x, y in points], dots, FRAME, gap=2)
    for i, box in enumerate(placed):
        assert sum(box.overlap(other) for other in [*dots, *placed[:i], *placed[i + 1 :]]) == 0
        assert box.overlap(FRAME) == pytest.approx(18 * 4)


def test_spread_moves_positions_apart_and_keeps_their_order():
    assert spread([5.0, 5.0, 6.0], gap=2, low=0, high=20) == [5.0, 7.0, 9.0]
    assert spread([9.0, 1.0], gap=2, low=0, high=20) == [9.0, 1.0]


def test_spread_stays_within_the_bounds():
    assert spread([19.0, 20.0, 20.0], gap=2, low=0, high=20) == [16.0, 18.0, 20.0]
    assert spread([1.0] * 5, gap=10, low=0, high=4) == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert spread([3.0], gap=10, low=0, high=4) == [3.0]
    assert spread([], gap=10, low=0, high=4) == []
