"""Train, val and test: exact sizes, classes in proportion, nothing twice."""

import numpy as np
import pytest

from moat_lab.data.labelled_images import require_resolution, shares, split
from moat_lab.errors import UserError

LABELS = np.array([0] * 10 + [1] * 20 + [2] * 70)


def test_classes_keep_their_proportion_in_every_part():
    parts = split(LABELS, train=50, val=20, seed=0)
    assert np.bincount(LABELS[parts.train]).tolist() == [5, 10, 35]
    assert np.bincount(LABELS[parts.val]).tolist() == [2, 4, 14]
    assert np.bincount(LABELS[parts.test]).tolist() == [3, 6, 21]


def test_the_largest_remainders_fill_the_size_up():
    assert shares(np.array([6, 3, 1]), 7).tolist() == [4, 2, 1]


def test_equal_remainders_go_to_the_lower_class():
    assert shares(np.array([5, 5, 5]), 4).tolist() == [2, 1, 1]


def test_no_images_have_no_shares():
    assert shares(np.array([0, 0]), 0).tolist() == [0, 0]


def test_the_whole_dataset_may_be_trained_on():
    parts = split(LABELS, train=100, val=0, seed=0)
    assert parts.train.tolist() == list(range(100))
    assert parts.val.tolist() == parts.test.tolist() == []


def test_val_stays_the_same_when_more_images_train():
    few, many = (split(LABELS, train=size, val=20, seed=3) for size in (10, 60))
    assert few.val.tolist() == many.val.tolist()


def test_another_seed_is_another_split():
    first, second = (split(LABELS, train=50, val=20, seed=seed) for seed in (0, 1))
    assert first.train.tolist() != second.train.tolist()


def test_a_seed_draws_the_same_images_for_ever():
    parts = split(np.arange(12) % 2, train=4, val=4, seed=7)
    assert parts.train.tolist() == [0, 3, 8, 9]
    assert parts.val.tolist() == [1, 4, 10, 11]
    assert parts.test.tolist() == [2, 5, 6, 7]


def test_too_many_images_are_an_error_with_both_numbers():
    with pytest.raises(UserError) as error:
        split(LABELS, train=90, val=20, seed=0)
    assert str(error.value) == (
        "split: train and val need to be 0 or more and together at most 100 images; "
        "got train 90, val 20, together 110\n"
        "  ask for fewer images, or take a larger dataset"
    )


def test_a_negative_size_is_an_error():
    with pytest.raises(UserError, match="got train -1, val 20, together 19"):
        split(LABELS, train=-1, val=20, seed=0)


def test_a_resolution_too_small_says_what_is_needed_and_where_to_write_it():
    with pytest.raises(UserError) as error:
        require_resolution("digits", 4, least=8)
    assert str(error.value) == (
        "data digits: a resolution of at least 8 px is needed; got 4\n"
        "  choose the resolution at the end of the network's text: ... for 32px"
    )


def test_train_can_be_drawn_anew_with_the_same_val():
    fixed, one, other = (split(LABELS, train=40, val=20, seed=3, train_seed=s) for s in (None, 0, 1))
    assert fixed.val.tolist() == one.val.tolist() == other.val.tolist()
    assert len({tuple(parts.train) for parts in (fixed, one, other)}) == 3
    assert np.bincount(LABELS[one.train]).tolist() == [4, 8, 28]
    assert sorted([*one.train, *one.val, *one.test]) == list(range(100))
