"""The relations task: what its images hold, and what they do not give away."""

from hashlib import sha256

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from moat_lab.data import relations
from moat_lab.errors import UserError

RESOLUTIONS = [16, 24, 32, 33]


@pytest.fixture(scope="module")
def drawn():
    pixels, labels = relations.drawn_images(32)
    return pixels[:, 0].astype(np.float32), labels


@pytest.fixture(scope="module")
def shown():
    return relations.combinations(np.random.default_rng(relations.SEED))


def test_the_bytes_never_change():
    pixels, labels = relations.drawn_images(32)
    assert sha256(pixels.tobytes()).hexdigest()[:16] == "d1e4aab028797751"
    assert sha256(labels.tobytes()).hexdigest()[:16] == "0bd1110d9b2ceac2"


def test_below_one_pixel_a_cell_there_is_no_image():
    with pytest.raises(UserError, match="data relations: a resolution of at least 16 px is needed; got 15"):
        relations.drawn_images(15)


def test_the_four_classes_have_equal_size(drawn):
    assert np.bincount(drawn[1]).tolist() == [1500, 1500, 1500, 1500]


def test_match_means_the_same_glyph_twice(shown):
    assert np.array_equal(shown.glyphs[:, 0] == shown.glyphs[:, 1], shown.match == 1)


@pytest.mark.parametrize("place", [0, 1])
def test_every_glyph_is_as_frequent_in_every_class(shown, place):
    label = 2 * shown.texture + shown.match
    counts = [np.bincount(shown.glyphs[label == one, place]).tolist() for one in range(4)]
    assert counts == [[375] * 4] * 4


def test_without_a_match_every_ordered_pair_is_as_frequent(shown):
    pairs = shown.glyphs[shown.match == 0] @ [4, 1]
    assert sorted(set(np.bincount(pairs, minlength=16).tolist())) == [0, 250]


def test_every_glyph_lights_the_same_number_of_cells():
    assert relations.alphabet().sum(axis=(1, 2)).tolist() == [12] * 4


def test_any_two_glyphs_differ_in_at_least_fourteen_cells():
    glyphs = relations.alphabet().reshape(4, 25)
    differing = (glyphs[:, None] != glyphs).sum(axis=2)
    assert differing[np.triu_indices(4, 1)].min() == 14


@pytest.mark.parametrize(("resolution", "side"), [(16, 5), (24, 7), (32, 10), (224, 70)])
def test_a_glyph_grows_with_the_image(resolution, side):
    assert relations.glyph_side(resolution) == side


def test_an_enlarged_glyph_is_lit_where_its_cells_are():
    cells = np.zeros((1, 5, 5), dtype=bool)
    cells[0, 0, 4] = True
    assert relations.enlarged(cells, 10)[0, :3, 6:].tolist() == [
        [-1, -1, 1, 1],
        [-1, -1, 1, 1],
        [-1, -1, -1, -1],
    ]


@pytest.mark.parametrize("resolution", RESOLUTIONS)
def test_glyphs_lie_inside_the_image_and_far_apart(resolution):
    where = relations.corners(np.random.default_rng(0), resolution)
    apart = np.linalg.norm(where[:, 0] - where[:, 1], axis=1)
    assert where.shape == (6000, 2, 2)
    assert apart.min() >= 0.6 * resolution
    assert where.min() == 0
    assert where.max() + relations.glyph_side(resolution) == resolution


def test_a_stamp_replaces_the_pixels_under_it():
    grey = np.zeros((1, 4, 4), dtype=np.int16)
    stamps = np.array([[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]], dtype=np.int16)
    relations.stamp(grey, stamps, np.array([[[0, 0], [2, 1]]]))
    assert grey[0].tolist() == [[1, 2, 0, 0], [3, 4, 0, 0], [0, 5, 6, 0], [0, 7, 8, 0]]


def test_both_textures_have_the_same_mean_and_spread():
    rows, columns = streaks(0), streaks(1)
    assert abs(rows.mean()) < 0.05
    assert abs(columns.mean()) < 0.05
    assert abs(rows.std() - columns.std()) < 0.05


def test_both_textures_have_the_same_histogram():
    rows, columns = (np.bincount(streaks(one).ravel() + 16, minlength=33) for one in (0, 1))
    assert np.abs(rows - columns).max() / rows.sum() < 0.002


def test_neighbours_agree_along_a_streak_and_alternate_across():
    for grey in (streaks(0), streaks(1).swapaxes(1, 2)):
        along = np.corrcoef(grey[:, :, 1:].ravel(), grey[:, :, :-1].ravel())[0, 1]
        across = np.corrcoef(grey[:, 2:].ravel(), grey[:, :-2].ravel())[0, 1]
        assert along == pytest.approx(0.75, abs=0.02)
        assert across == pytest.approx(-0.5, abs=0.02)


def test_no_class_is_brighter_than_another(drawn):
    pixels, labels = drawn
    means = [pixels[labels == label].mean() for label in range(4)]
    assert max(means) - min(means) < 0.2


@pytest.mark.parametrize(
    "cue", [lambda labels: labels // 2, lambda labels: labels % 2], ids=["texture", "match"]
)
def test_a_linear_classifier_on_pixels_stays_at_chance(drawn, cue):
    pixels, labels = drawn[0].reshape(6000, -1) / 255 - 0.5, cue(drawn[1])
    fitted = LogisticRegression(C=0.01, max_iter=100).fit(pixels[:4000], labels[:4000])
    assert abs(fitted.score(pixels[4000:], labels[4000:]) - 0.5) < 0.05


def test_a_linear_classifier_on_glyph_counts_stays_at_chance(shown):
    counts = np.eye(4)[shown.glyphs].sum(axis=1)
    fitted = LogisticRegression().fit(counts[:4000], shown.match[:4000])
    assert abs(fitted.score(counts[4000:], shown.match[4000:]) - 0.5) < 0.05


def test_products_of_pixels_two_apart_tell_the_textures_apart(drawn):
    pixels, labels = drawn[0] - 128, drawn[1]
    pixels = np.where(np.abs(pixels) > 50, 0, pixels)  # without the glyphs
    across_columns = (pixels[:, :, 2:] * pixels[:, :, :-2]).mean(axis=(1, 2))
    across_rows = (pixels[:, 2:] * pixels[:, :-2]).mean(axis=(1, 2))
    assert ((across_rows > across_columns) == (labels // 2 == 1)).mean() > 0.9


def streaks(direction):
    return relations.textures(np.random.default_rng(direction), np.full(400, direction), 32)
