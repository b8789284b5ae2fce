"""One pictogram anywhere, at any size, on a textured ground: which of 18 kinds is it?

Only concepts that `things` trains on: a network that was pretrained here has seen none of its val and test
concepts. Images are drawn from their position, as those of `scenes` are.
"""

from __future__ import annotations

from functools import lru_cache, partial

import numpy as np

from moat_lab.data.pictograms import SIDE, concepts, kinds, sheet
from moat_lab.data.scenery.arrangement import Arrangement, Question
from moat_lab.data.scenery.chance import Chance, Integers
from moat_lab.data.scenery.cutouts import CutOuts, trimmed
from moat_lab.data.scenery.dataset_by_name import drawn_dataset
from moat_lab.data.scenes import GROUND
from moat_lab.data.things import TRAIN, by_concept

SIDES = (144, 256)
"""Least and largest side, 256ths of the image's."""
OPACITY = (160, 255)


def kind(labels: Integers, chance: Chance) -> Arrangement:
    """Of which kind is the one thing that is there?"""
    return Arrangement(
        kinds=labels[:, None], sides=chance.between(*SIDES, 1), opacity=chance.between(*OPACITY, 1)
    )


@lru_cache(maxsize=1)
def known_pictograms() -> CutOuts:
    """Every pictogram of the concepts that `things` trains on, in all styles."""
    trained = (by_concept() == TRAIN).all(axis=1)
    numbers = np.array([kinds().index(concept.kind) for concept in concepts()])
    sheets = np.concatenate([sheet(name) for name in kinds()])[trained]
    return CutOuts(
        squares=[trimmed(image) for image in sheets.reshape(-1, SIDE, SIDE, 4)],
        kinds=np.repeat(numbers[trained], sheets.shape[1]),
        names=kinds(),
    )


QUESTIONS = {"": Question(classes=kinds(), arrange=kind)}
DATASET_OF = partial(
    drawn_dataset,
    "placed",
    QUESTIONS,
    cutouts=known_pictograms,
    channels=3,
    ground=GROUND,
    source="procedural, drawn by moat_lab from Fluent Emoji, Noto Emoji and Twemoji",
)
