"""Labels hide neither each other nor points."""

import pytest

from moat_lab.report.placement import Box, leader, place

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


def test_a_leader_goes_from_the_point_to_the_nearest_edge_of_a_label_that_is_far():
    label = Box(x=50, y=50, width=18, height=4)
    assert leader(label, Box(x=70, y=50, width=18, height=4), gap=2) == ((50, 50), (61, 50))
    assert leader(label, Box(x=62, y=50, width=18, height=4), gap=2) is None


def test_a_leader_does_not_lead_through_the_mark_of_another_point():
    # Labels touch nothing left of the wall alone, where another mark lies on the straight way.
    label, other = Box(x=50, y=50, width=18, height=4), Box(x=46, y=50, width=3, height=3)
    wall = Box(x=60, y=50, width=32, height=100)
    (straight,) = place([label], [other, wall], FRAME, gap=2)
    (around,) = place([label], [other, wall], FRAME, gap=2, marks=[other])
    assert leader(label, straight, gap=2)[1][1] == 50
    assert leader(label, around, gap=2)[1][1] not in range(49, 52)


def test_a_label_may_stand_at_the_end_of_its_own_bar():
    # Other bars stand to both sides, nearer than the label is wide.
    label, own = Box(x=50, y=50, width=18, height=4), Box(x=50, y=50, width=1, height=30)
    others = [Box(x=x, y=50, width=1, height=30) for x in (43, 57)]
    (placed,) = place([label], [own, *others], FRAME, gap=2, marks=[own, *others], bars=[own])
    assert [placed.overlap(bar) for bar in (own, *others)] == [0, 0, 0]
    assert (placed.x, abs(placed.y - 50)) == (50, 18)


def test_a_label_is_never_outside_of_the_frame_where_it_fits():
    label, wall = Box(x=12, y=50, width=18, height=4), Box(x=60, y=50, width=90, height=100)
    (placed,) = place([label], [wall], FRAME, gap=2, marks=[wall])
    assert placed.overlap(FRAME) == pytest.approx(18 * 4)
