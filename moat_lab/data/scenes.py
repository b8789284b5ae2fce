"""Pictograms on textured grounds, and a question about them: `scenes:pair`, `scenes:odd` ...

Kinds, places, sizes, styles and grounds are drawn for each image from its position, so that there are as many
images as a training asks for, at any resolution. Every class is equally frequent. Train and val show the same
cut-outs in other arrangements: what is measured is whether a network answers the question, not whether it
knows new pictograms.
`scenes:pair:50000` is a data set of that many images instead of 10,000.

`scenes:segment` asks of each pixel what it shows, `scenes:detect` for each thing of the same images.

One function is one question. It is given labels, and arranges things for which they are true.
"""

from __future__ import annotations

from functools import lru_cache, partial

import numpy as np

from moat_lab.data.pictograms import SIDE, kinds, sheet
from moat_lab.data.scenery.arrangement import Arrangement, Question, seen
from moat_lab.data.scenery.chance import Chance, Integers
from moat_lab.data.scenery.cutouts import CutOuts, trimmed
from moat_lab.data.scenery.dataset_by_name import drawn_dataset
from moat_lab.data.scenery.ground import Ground

ASKED = ("mammal", "person", "face", "hand")
"""Kinds that questions are about: of many concepts, and told apart at 8 px (trees: 94 % of new concepts)."""
LARGE, SMALL, EQUAL, SCATTERED = (144, 160), (96, 112), (88, 108), (64, 144)
"""Least and largest sides, 256ths of the image's."""
MOST = 5
"""Things in a scene that is segmented."""
GROUND = Ground(low=48, high=208, tint=24, contrast=40)


def pair(labels: Integers, chance: Chance) -> Arrangement:
    """Which kind is the larger of two things, and is the smaller of the same?"""
    large, same = labels // 2, labels % 2 == 1
    small = np.where(same, large, other_than(large, chance))
    sides = [chance.between(*LARGE), chance.between(*SMALL)]
    return seen(_asked(np.stack([large, small], axis=1)), np.stack(sides, axis=1))


def odd(labels: Integers, chance: Chance) -> Arrangement:
    """Three things are of one kind; of which is the fourth?"""
    many = other_than(labels, chance)
    kinds = np.stack([many, many, many, labels], axis=1)
    return seen(_asked(_shuffled(kinds, chance)), chance.between(*EQUAL, 4))


def largest(labels: Integers, chance: Chance) -> Arrangement:
    """Of which kind is the largest of three things?"""
    kinds = np.concatenate([labels[:, None], chance.below(len(ASKED), 2)], axis=1)
    sides = np.concatenate([chance.between(*LARGE, 1), chance.between(*SMALL, 2)], axis=1)
    order = chance.chosen(3, of=3)
    return seen(_asked(np.take_along_axis(kinds, order, 1)), np.take_along_axis(sides, order, 1))


def opaque(labels: Integers, chance: Chance) -> Arrangement:
    """Of which kind is the most opaque of three things?"""
    kinds = np.concatenate([labels[:, None], chance.below(len(ASKED), 2)], axis=1)
    opacity = np.concatenate([chance.between(224, 255, 1), chance.between(64, 144, 2)], axis=1)
    order = chance.chosen(3, of=3)
    kinds, opacity = (np.take_along_axis(each, order, 1) for each in (kinds, opacity))
    return Arrangement(kinds=_asked(kinds), sides=chance.between(*EQUAL, 3), opacity=opacity)


def count(labels: Integers, chance: Chance) -> Arrangement:
    """How many of four things are of the first kind?"""
    others = chance.between(1, len(ASKED) - 1, 4)
    kinds = np.where(np.arange(4) < labels[:, None], 0, others)
    return seen(_asked(_shuffled(kinds, chance)), chance.between(*EQUAL, 4))


def among(labels: Integers, chance: Chance) -> Arrangement:
    """One thing is of a kind that is asked about: of which? Up to five others distract."""
    strange = np.array([number for number, name in enumerate(kinds()) if name not in ASKED])
    others = strange[chance.below(len(strange), 5)]
    others = np.where(np.arange(5) < chance.between(1, 5, 1), others, -1)
    every = np.concatenate([others, _asked(labels)[:, None]], axis=1)
    return seen(_shuffled(every, chance), chance.between(*EQUAL, 6))


def scattered(labels: Integers, chance: Chance) -> Arrangement:
    """Two to five things of kinds that are asked about, some of them partly hidden; what is where?"""
    kinds = np.where(np.arange(MOST) < chance.between(2, MOST, 1), chance.below(len(ASKED), MOST), -1)
    return seen(np.where(kinds < 0, -1, _asked(kinds)), chance.between(*SCATTERED, MOST))


def other_than(kind: Integers, chance: Chance) -> Integers:
    """(N,) another of the kinds that are asked about."""
    return (kind + chance.between(1, len(ASKED) - 1)) % len(ASKED)


def _asked(numbers: Integers) -> Integers:
    """Places in `ASKED` -> numbers of kinds."""
    return np.array([kinds().index(name) for name in ASKED])[numbers]


def _shuffled(kinds: Integers, chance: Chance) -> Integers:
    return np.take_along_axis(kinds, chance.chosen(kinds.shape[1], of=kinds.shape[1]), axis=1)


@lru_cache(maxsize=1)
def cut_pictograms() -> CutOuts:
    """Every pictogram: a cut-out's kind is that of `pictograms`."""
    sheets = [sheet(kind).reshape(-1, SIDE, SIDE, 4) for kind in kinds()]
    return CutOuts(
        squares=[trimmed(image) for images in sheets for image in images],
        kinds=np.repeat(np.arange(len(sheets)), [len(images) for images in sheets]),
        names=kinds(),
    )


QUESTIONS = {
    "among": Question(classes=ASKED, arrange=among),
    "count": Question(classes=("none", "one", "two", "three", "four"), arrange=count),
    "largest": Question(classes=ASKED, arrange=largest),
    "odd": Question(classes=ASKED, arrange=odd),
    "opaque": Question(classes=ASKED, arrange=opaque),
    "detect": Question(classes=ASKED, arrange=scattered, labels="objects", scenes="segment"),
    "segment": Question(classes=("ground", *ASKED), arrange=scattered, labels="maps"),
    "pair": Question(
        classes=tuple(f"{kind} {beside}" for kind in ASKED for beside in ("alone", "twice")), arrange=pair
    ),
}
DATASET_OF = partial(
    drawn_dataset,
    "scenes",
    QUESTIONS,
    cutouts=cut_pictograms,
    channels=3,
    ground=GROUND,
    source="procedural, drawn by moat_lab from Fluent Emoji, Noto Emoji and Twemoji",
)
