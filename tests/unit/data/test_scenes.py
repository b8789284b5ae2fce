"""Questions about pictograms: the scenes show what their labels say."""

from hashlib import sha256
from itertools import combinations

import numpy as np
import pytest

from moat_lab.data import dataset
from moat_lab.data.pictograms import kinds
from moat_lab.data.scenery.chance import Chance
from moat_lab.data.scenes import ASKED, QUESTIONS
from moat_lab.errors import UserError

N = 480
NUMBERS = [kinds().index(name) for name in ASKED]


def arranged(question: str):
    """Labels (N,), and of the things the names' places in `ASKED` (N, K), or -1; sides and opacity."""
    labels = np.arange(N) % len(QUESTIONS[question].classes)
    made = QUESTIONS[question].arrange(labels, Chance([str(number) for number in range(N)]))
    places = np.full(made.kinds.shape, -1)
    for place, number in enumerate(NUMBERS):
        places[made.kinds == number] = place
    return labels, places, made


@pytest.mark.parametrize(
    ("question", "bytes_of_64"),
    [
        ("among", "4e7b2e43e96ed8b8"),
        ("count", "37304bc2f0c624f5"),
        ("detect", "badecce88ec679d3"),
        ("largest", "066af3daf4020040"),
        ("odd", "e04c60182f4766fe"),
        ("opaque", "1d495111249c39ee"),
        ("pair", "114025b741f802ca"),
        ("segment", "badecce88ec679d3"),
    ],
)
def test_the_bytes_never_change(question, bytes_of_64):
    pixels = dataset(f"scenes:{question}").drawn.images(np.arange(64), 24)
    assert sha256(pixels.tobytes()).hexdigest()[:16] == bytes_of_64


def test_every_question_has_its_bytes_here():
    assert sorted(QUESTIONS) == ["among", "count", "detect", "largest", "odd", "opaque", "pair", "segment"]


def test_the_maps_of_classes_never_change():
    _, maps = dataset("scenes:segment").drawn.labelled(np.arange(64), 24)
    assert sha256(maps.tobytes()).hexdigest()[:16] == "71a694f0a31ebc15"


def test_a_map_says_what_each_pixel_shows_and_things_where_they_are():
    positions = np.arange(40)
    segment, detect = dataset("scenes:segment"), dataset("scenes:detect")
    assert segment.classes == ("ground", "mammal", "person", "face", "hand")
    assert detect.classes == ("mammal", "person", "face", "hand")
    images, maps = segment.drawn.labelled(positions, 48)
    same, things = detect.drawn.labelled(positions, 48)
    assert np.array_equal(images, same)
    assert maps.dtype == np.uint8
    for image, shown in enumerate(maps):
        known = np.flatnonzero(things.classes[image] >= 0)
        assert 1 <= len(known) <= 5
        painted = np.zeros_like(shown)
        for place in known:
            mask = things.instances[image] == place
            painted[mask] = 1 + things.classes[image, place]
            rows, columns = np.nonzero(mask)
            box = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
            assert things.boxes[image, place].tolist() == box
        assert np.array_equal(painted, shown)


def test_some_things_of_a_segmented_scene_are_hidden_in_part():
    made = QUESTIONS["segment"].arrange(np.zeros(N, dtype=np.int64), Chance([str(n) for n in range(N)]))
    assert set((made.kinds >= 0).sum(axis=1).tolist()) == {2, 3, 4, 5}
    scenes = dataset("scenes:segment").drawn.scenes(np.arange(40), 48)
    boxes = [[thing.box for thing in scene.things] for scene in scenes]
    crossing = sum(_cross(*pair) for each in boxes for pair in combinations(each, 2))
    assert crossing > 20


def _cross(one, other) -> bool:
    return all(max(one[a], other[a]) < min(one[a + 2], other[a + 2]) for a in (0, 1))


def test_the_larger_of_a_pair_is_of_the_label_s_kind_and_the_other_too_or_not():
    labels, places, made = arranged("pair")
    assert (made.sides[:, 0] > made.sides[:, 1]).all()
    assert np.array_equal(places[:, 0], labels // 2)
    assert np.array_equal(places[:, 0] == places[:, 1], labels % 2 == 1)
    assert set(places[labels == 0, 1].tolist()) == {1, 2, 3}


def test_one_of_four_is_odd():
    labels, places, _ = arranged("odd")
    assert np.array_equal((places == labels[:, None]).sum(axis=1), np.ones(N))
    others = [set(row.tolist()) - {label} for row, label in zip(places, labels, strict=True)]
    assert {len(kinds) for kinds in others} == {1}
    assert set(np.argmax(places == labels[:, None], axis=1).tolist()) == {0, 1, 2, 3}


def test_the_largest_of_three_is_of_the_label_s_kind_and_drawn_at_any_turn():
    labels, places, made = arranged("largest")
    largest = made.sides.argmax(axis=1)
    assert np.array_equal(places[np.arange(N), largest], labels)
    assert set(largest.tolist()) == {0, 1, 2}


def test_the_most_opaque_of_three_is_of_the_label_s_kind():
    labels, places, made = arranged("opaque")
    assert np.array_equal(places[np.arange(N), made.opacity.argmax(axis=1)], labels)


def test_as_many_of_four_are_of_the_first_kind_as_the_label_says():
    labels, places, _ = arranged("count")
    assert np.array_equal((places == 0).sum(axis=1), labels)


def test_among_others_one_thing_is_of_a_kind_that_is_asked_about():
    labels, places, made = arranged("among")
    assert ((places >= 0).sum(axis=1) == 1).all()
    assert np.array_equal(places.max(axis=1), labels)
    assert set((made.kinds >= 0).sum(axis=1).tolist()) == {2, 3, 4, 5, 6}


def test_a_data_set_has_10_000_images_or_as_many_as_its_name_says():
    assert dataset("scenes:pair").size == 10_000
    more = dataset("scenes:pair:123456")
    assert (more.size, len(more.drawn.labels)) == (123_456, 123_456)
    first = np.arange(3)
    assert np.array_equal(more.drawn.images(first, 24), dataset("scenes:pair").drawn.images(first, 24))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("scenes", "data: a question of scenes is needed; got ''\n  names: scenes:among, scenes:count, "),
        ("scenes:pairs", "got 'pairs'\n  did you mean 'pair'? names: scenes:among"),
        ("scenes:pair:many", "a number of images from 1 to 1,000,000 is needed; got 'many' in 'pair:many'"),
        ("scenes:pair:0", "got '0' in 'pair:0'"),
    ],
)
def test_another_name_is_a_mistake(name, message):
    with pytest.raises(UserError) as error:
        dataset(name)
    assert message in str(error.value)
