"""Which kind a pictogram is of: the parts, and what a linear model reaches."""

import numpy as np
import pytest
from sklearn.linear_model import RidgeClassifier

from moat_lab.data import dataset
from moat_lab.data.things import TEST, TRAIN, VAL, by_concept, by_style, pictures
from moat_lab.errors import UserError


@pytest.mark.parametrize("name", ["things", "things:style"])
def test_every_kind_is_in_each_part(name):
    source = dataset(name)
    labels, test = source.images(8)[1], source.test().images(8)[1]
    for part in (labels[source.from_val], labels[~source.from_val], test):
        assert set(part.tolist()) == set(range(18))


def test_a_concept_is_in_one_part_with_all_its_styles():
    parts = by_concept()
    assert (parts == parts[:, :1]).all()
    assert [int((parts[:, 0] == part).sum()) for part in (TRAIN, VAL, TEST)] == [403, 145, 126]
    assert dataset("things").size == 3 * (403 + 145)


def test_one_style_is_not_trained_on():
    parts = by_style()
    assert set(parts[:, 1:].ravel().tolist()) == {TRAIN}
    assert [int((parts[:, 0] == part).sum()) for part in (TRAIN, VAL, TEST)] == [0, 315, 359]


def test_what_is_transparent_is_white():
    assert pictures(64)[:, :, :, 0, 0].max() == 255
    assert (pictures(64).reshape(2022, -1).max(axis=1) == 255).mean() > 0.9


def test_a_linear_model_of_8x8_colours_reaches_41_percent_on_unseen_concepts():
    source = dataset("things")
    pixels, labels = source.images(8)
    flat, val = pixels.reshape(len(pixels), -1) / 255, source.from_val
    model = RidgeClassifier(alpha=30.0).fit(flat[~val], labels[~val])
    assert 0.38 < model.score(flat[val], labels[val]) < 0.44
    assert 0.12 < (labels[val] == np.bincount(labels[~val]).argmax()).mean() < 0.13


def test_another_split_is_a_mistake():
    with pytest.raises(UserError, match=r"a split of things is needed; got 'styles'\n  did you mean 'style'"):
        dataset("things:styles")
