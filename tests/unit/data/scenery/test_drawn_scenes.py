"""Scenes: the images, and what they say of the things in them."""

import numpy as np
import pytest

from moat_lab.data.scenery.arrangement import Arrangement, Question
from moat_lab.data.scenery.cutouts import CutOuts, trimmed
from moat_lab.data.scenery.drawn_scenes import DrawnScenes
from moat_lab.data.scenery.ground import Ground
from moat_lab.errors import UserError

BLACK, WHITE = (0, 0, 0, 255), (255, 255, 255, 255)
GREY = Ground(low=128, high=128, tint=0, contrast=0)


def squares():
    """A black kind and a white one."""
    images = [np.full((8, 8, 4), colour, dtype=np.uint8) for colour in (BLACK, WHITE)]
    return CutOuts(squares=[trimmed(image) for image in images], kinds=np.arange(2), names=("black", "white"))


def black_then_white(labels, chance):
    """A black square of half of the side, and over it, where the label is 1, a white one as large."""
    kinds = np.stack([np.zeros_like(labels), np.where(labels == 1, 1, -1)], axis=1)
    return Arrangement(kinds=kinds, sides=np.full_like(kinds, 128), opacity=np.full_like(kinds, 255))


def drawn(ground=GREY, arrange=black_then_white):
    question = Question(classes=("one", "two"), arrange=arrange)
    return DrawnScenes(name="test", cutouts=squares, channels=3, question=question, ground=ground, size=40)


def test_an_image_is_the_same_in_any_company():
    made = drawn(Ground(low=0, high=255, tint=0, contrast=90))
    positions = np.array([7, 2**62 - 1, 3])
    together = made.images(positions, 24)
    assert np.array_equal(made.images(positions[1:], 24), together[1:])
    assert len({image.tobytes() for image in together}) == 3


def test_labels_take_turns_at_any_position():
    made = drawn()
    assert made.labels[:5].tolist() == [0, 1, 0, 1, 0]
    assert made.labels_of(np.array([10**12, 10**12 + 1])).tolist() == [0, 1]


def test_what_is_in_the_image_is_where_the_boxes_and_masks_say():
    for scene in drawn().scenes(np.arange(40), 16):
        assert [thing.kind for thing in scene.things] in ([0], [0, 1], [1])
        expected = np.full((16, 16), 128)
        for thing in scene.things:
            top, left, bottom, right = thing.box
            assert thing.mask.sum() == thing.mask[top:bottom, left:right].sum()
            assert thing.mask[top, left:right].any()
            assert thing.mask[top:bottom, right - 1].any()
            expected[thing.mask] = (0, 255)[thing.kind]
        assert np.array_equal(scene.image, np.stack([expected] * 3))


def test_a_thing_is_not_where_another_covers_it():
    scenes = drawn().scenes(np.arange(1, 400, 2), 16)
    sizes = [[int(thing.mask.sum()) for thing in scene.things] for scene in scenes]
    assert {of_scene[-1] for of_scene in sizes} == {64}
    assert any(of_scene[0] < 64 for of_scene in sizes)


def test_scenes_are_the_images():
    made = drawn(Ground(low=0, high=255, tint=0, contrast=90))
    positions = np.arange(5)
    scenes = made.scenes(positions, 20)
    assert np.array_equal(np.stack([scene.image for scene in scenes]), made.images(positions, 20))
    assert [scene.label for scene in scenes] == [0, 1, 0, 1, 0]


def nothing(labels, chance):
    """No thing at all."""
    none = np.full((len(labels), 1), -1)
    return Arrangement(kinds=none, sides=np.full_like(none, 100), opacity=np.full_like(none, 255))


def test_a_ground_keeps_within_its_levels():
    empty = drawn(Ground(low=45, high=55, tint=5, contrast=20), arrange=nothing)
    pixels = empty.images(np.arange(40), 32)
    assert 18 <= pixels.min() < 30
    assert 70 < pixels.max() <= 80
    assert empty.scenes(np.arange(1), 32)[0].things == ()


def test_a_ground_larger_than_its_texture_goes_on_from_the_other_edge():
    (image,) = drawn(Ground(low=0, high=255, tint=0, contrast=90), arrange=nothing).images(np.arange(1), 300)
    assert np.array_equal(image[:, :172, :172], image[:, 128:, 128:])
    assert not np.array_equal(image[:, :172, :172], image[:, 64:236, 64:236])


def test_a_resolution_below_16_is_refused():
    with pytest.raises(UserError, match="data test: a resolution of at least 16 px is needed; got 15"):
        drawn().images(np.arange(2), 15)
