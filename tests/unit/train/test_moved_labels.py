"""Labels that lie in their image move as the image does."""

import pytest
import torch

from moat_lab.data.objects import Objects
from moat_lab.train.augmentation import changed
from moat_lab.train.augmentation_draws import Draws, drawn
from moat_lab.train.moved_labels import moved
from moat_lab.train.recipe import Augmentation


def test_a_flip_turns_a_map_over():
    maps = torch.arange(4, dtype=torch.uint8).repeat(2, 3, 1)
    flipped = moved(maps, Draws(flip=torch.tensor([True, False])))
    assert flipped[:, 0].tolist() == [[3, 2, 1, 0], [0, 1, 2, 3]]


def test_what_a_shift_brings_in_is_of_no_class():
    maps = torch.arange(4, dtype=torch.uint8).repeat(1, 4, 1)
    shifted = moved(maps, Draws(shift=torch.tensor([[0], [1]])))
    assert shifted[0, 0].tolist() == [255, 0, 1, 2]
    assert moved(maps, Draws(shift=torch.tensor([[2], [0]])))[0, :, 0].tolist() == [255, 255, 0, 0]


def test_a_crop_enlarges_a_map_without_making_new_classes():
    maps = torch.tensor([[1, 1, 2, 2]], dtype=torch.uint8).repeat(1, 4, 1)
    left_half = torch.tensor([[1.0], [0.5], [0.0], [-0.5]])
    assert moved(maps, Draws(crop=left_half))[0, 0].tolist() == [1, 1, 1, 1]


def test_around_a_smaller_map_is_no_class_and_a_larger_one_is_cut():
    maps = torch.tensor([[1, 1, 2, 2]], dtype=torch.uint8).repeat(2, 4, 1)
    half_at_the_right, twice_at_the_left = [2.0, 2, 0, -1], [0.5, 0.5, 0, -0.5]
    where = torch.tensor([half_at_the_right, twice_at_the_left]).T
    small, large = moved(maps, Draws(scale=where))
    assert small.tolist() == [[255] * 4, [255, 255, 1, 2], [255, 255, 1, 2], [255] * 4]
    assert large.tolist() == [[1] * 4] * 4


@pytest.mark.parametrize(
    "how",
    [
        Augmentation(flip=True),
        Augmentation(shift=5),
        Augmentation(crop=0.3),
        Augmentation(crop=0.3, flip=True),
        Augmentation(scale=(0.5, 2), flip=True),
    ],
)
def test_a_map_that_is_drawn_in_the_image_stays_on_it(how):
    squares = torch.zeros(16, 40, 40, dtype=torch.uint8)
    squares[:, 10:25, 12:30] = 1
    draws = drawn(how, 16, (40, 40), torch.Generator().manual_seed(0))
    images = changed(squares[:, None] * 200, how, draws)[:, 0]
    maps = moved(squares, draws)
    known = maps != 255
    wrong = ((images > 100) != (maps == 1)) & known
    assert wrong.float().mean() < 0.01  # a bilinear border against the nearest pixel
    assert not torch.equal(maps, squares)


@pytest.mark.parametrize(
    "how",
    [Augmentation(flip=True, shift=9, crop=0.4), Augmentation(flip=True, shift=4, scale=(0.4, 2))],
    ids=["crop", "scale"],
)
def test_boxes_follow_their_masks_and_things_that_leave_are_none(how):
    instances = torch.full((32, 40, 40), -1, dtype=torch.int16)
    instances[:, 4:20, 6:16] = 0
    instances[:, 30:38, 30:39] = 1
    objects = Objects(
        classes=torch.tensor([[2, 5]]).repeat(32, 1),
        boxes=torch.tensor([[[6.0, 4, 16, 20], [30, 30, 39, 38]]]).repeat(32, 1, 1),
        crowd=torch.zeros(32, 2, dtype=torch.bool),
        instances=instances,
    )
    made = moved(objects, drawn(how, 32, (40, 40), torch.Generator().manual_seed(1)))
    left = 0
    for image in range(32):
        for place in range(2):
            rows, columns = torch.nonzero(made.instances[image] == place, as_tuple=True)
            if made.classes[image, place] < 0:
                left += 1
                continue
            inside = torch.tensor([columns.min(), rows.min(), columns.max() + 1, rows.max() + 1])
            assert (made.boxes[image, place] - inside).abs().max() <= 1.01
    assert 0 < left < 32


def test_classes_stay_as_they_are():
    classes = torch.tensor([3, 1])
    assert moved(classes, Draws(flip=torch.tensor([True, True]))) is classes
