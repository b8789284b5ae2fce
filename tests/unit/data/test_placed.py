"""Pictograms to pretrain on, and those that it must not show."""

from hashlib import sha256

import numpy as np

from moat_lab.data import dataset
from moat_lab.data.pictograms import SIDE, concepts, kinds, sheet
from moat_lab.data.placed import QUESTIONS, known_pictograms
from moat_lab.data.scenery.chance import Chance
from moat_lab.data.scenery.cutouts import trimmed
from moat_lab.data.things import TRAIN, by_concept


def test_the_bytes_never_change():
    pixels = dataset("placed").drawn.images(np.arange(64), 24)
    assert sha256(pixels.tobytes()).hexdigest()[:16] == "aa22bf315f510ad8"


def test_no_concept_of_val_or_test_of_things_is_shown():
    shown = {square.tobytes() for square in known_pictograms().squares}
    held_out = (by_concept() != TRAIN).all(axis=1)
    every = np.concatenate([sheet(name) for name in kinds()])
    assert len(every) == len(concepts())
    others = {trimmed(image).tobytes() for image in every[held_out].reshape(-1, SIDE, SIDE, 4)}
    assert len(shown) > 1000
    assert len(others) > 500
    assert not shown & others


def test_the_one_thing_is_of_the_labels_kind():
    labels = np.arange(36) % 18
    made = QUESTIONS[""].arrange(labels, Chance([str(number) for number in range(36)]))
    assert made.kinds[:, 0].tolist() == labels.tolist()
    assert dataset("placed").classes == kinds()
    known = known_pictograms()
    assert known.names == kinds()
    assert np.all(np.diff(known.kinds) >= 0)
    assert known.squares[int(known.first[3])].shape[2] == 4
