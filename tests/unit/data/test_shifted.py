"""Digits anywhere on a larger map."""

from hashlib import sha256

import numpy as np
import pytest

from moat_lab.data import dataset
from moat_lab.data.digits import scans
from moat_lab.data.scenery.chance import Chance
from moat_lab.data.shifted import QUESTIONS, SCRAMBLED, cut_digits


@pytest.mark.parametrize(
    ("name", "bytes_of_64"), [("shifted", "42fd64d6b210a99a"), ("shifted:brighter", "434225a87d1eb1bd")]
)
def test_the_bytes_never_change(name, bytes_of_64):
    pixels = dataset(name).drawn.images(np.arange(64), 24)
    assert sha256(pixels.tobytes()).hexdigest()[:16] == bytes_of_64


def arranged(question):
    labels = np.arange(400) % 10
    return labels, QUESTIONS[question].arrange(labels, Chance([str(number) for number in range(400)]))


def test_a_digit_lies_over_a_scrambled_one():
    labels, made = arranged("")
    assert np.array_equal(made.kinds[:, 1], labels)
    assert set(made.kinds[:, 0].tolist()) == {SCRAMBLED}


def test_the_brighter_of_two_digits_is_the_label_and_drawn_first_or_last():
    labels, made = arranged("brighter")
    brighter = made.opacity.argmax(axis=1)
    assert np.array_equal(made.kinds[np.arange(400), brighter], labels)
    assert set(brighter.tolist()) == {0, 1}
    bright, faint = made.opacity.max(axis=1), made.opacity.min(axis=1)
    assert (bright - faint).min() >= 40
    assert bright.min() < faint.max()


def test_a_scrambled_digit_has_the_ink_of_the_digit():
    images, _ = scans(8)
    assert len(cut_digits().squares) == 2 * 1797
    ink = [int(square[..., 3].sum()) for square in cut_digits().squares]
    assert ink[:1797] == ink[1797:]
    assert sorted(ink[:1797]) == sorted(images.sum(axis=(1, 2, 3)).tolist())
