"""Places of things."""

import numpy as np

from moat_lab.data.scenery.arrangement import overlap, places
from moat_lab.data.scenery.chance import Chance

NAMES = [str(number) for number in range(300)]


def test_things_lie_inside_of_the_image_and_reach_every_edge():
    sides = np.tile([10, 6], (300, 1))
    corners = places(Chance(NAMES), sides, 24)
    assert corners.min() == 0
    assert (corners + sides[..., None]).max() == 24


def test_things_that_find_room_do_not_cover_each_other():
    sides = np.tile([8, 8, 8], (300, 1))
    corners = places(Chance(NAMES), sides, 24)
    apart = np.abs(corners[:, :, None] - corners[:, None]).max(axis=-1) >= 8
    assert apart[:, *np.triu_indices(3, 1)].all(axis=1).mean() > 0.7


def test_a_thing_without_a_side_covers_nothing():
    tried = np.array([[[0, 0], [4, 5]]])
    assert overlap(tried, np.array([4]), np.array([[2, 2]]), np.array([4])).tolist() == [[4, 2]]
    assert overlap(tried, np.array([4]), np.array([[2, 2]]), np.array([0])).tolist() == [[0, 0]]
