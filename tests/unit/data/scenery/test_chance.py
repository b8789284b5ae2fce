"""Numbers of images, each from its name alone."""

import numpy as np

from moat_lab.data.scenery.chance import Chance


def test_the_numbers_of_a_name_never_change():
    drawn = Chance(["pair/0", "pair/1"])
    assert drawn.below(1000, 4).tolist() == [
        [121, 323, 777, 132],
        [993, 886, 311, 657],
    ]


def test_an_image_s_numbers_do_not_depend_on_its_neighbours():
    together, alone = Chance(["a", "b", "c"]), Chance(["b"])
    assert together.below(100, 3)[1].tolist() == alone.below(100, 3)[0].tolist()
    assert together.between(5, 9).tolist()[1] == alone.between(5, 9).tolist()[0]


def test_every_number_within_the_bounds_occurs():
    drawn = Chance([str(number) for number in range(400)])
    assert np.unique(drawn.below(5)).tolist() == [0, 1, 2, 3, 4]
    assert np.unique(drawn.between(-2, 1, 3)).tolist() == [-2, -1, 0, 1]


def test_each_image_may_have_a_bound_of_its_own():
    drawn = Chance([str(number) for number in range(400)])
    bounds = np.tile([1, 2, 3], (400, 1))
    assert drawn.below(bounds, 3).max(axis=0).tolist() == [0, 1, 2]


def test_chosen_ones_are_different_and_any_of_them():
    chosen = Chance([str(number) for number in range(400)]).chosen(2, of=3)
    assert {tuple(pair) for pair in chosen.tolist()} == {(0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1)}
