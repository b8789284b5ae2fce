"""Handwritten digits anywhere on a larger map: `shifted`, or a question about two, `shifted:brighter`.

Digits of any size and contrast, beside shapes of the same strokes that are no digits. Images are drawn from
their position, as those of `scenes` are; train and val show the same 1,797 scans in other places.
"""

from __future__ import annotations

from functools import lru_cache, partial

import numpy as np

from moat_lab.data.digits import SIDE, scans
from moat_lab.data.scenery.arrangement import Arrangement, Question
from moat_lab.data.scenery.chance import Chance, Integers
from moat_lab.data.scenery.cutouts import CutOuts, trimmed
from moat_lab.data.scenery.dataset_by_name import drawn_dataset
from moat_lab.data.scenery.ground import Ground

DIGITS = tuple("0123456789")
SCRAMBLED = len(DIGITS)
"""The kind of a digit whose quarters have changed places."""
WHITE = np.full((SIDE, SIDE), 255, dtype=np.uint8)
SIDES = (96, 136)
"""Least and largest sides, 256ths of the image's."""
OPACITY, GAP = (80, 255), (40, 72)
"""Least and largest opacity of a digit, of 255; and by how much the fainter of two has less."""
GROUND = Ground(low=0, high=48, tint=0, contrast=40)


def digit(labels: Integers, chance: Chance) -> Arrangement:
    """Which digit is there? Beside it lies a scrambled one."""
    kinds = np.stack([np.full_like(labels, SCRAMBLED), labels], axis=1)
    return Arrangement(kinds=kinds, sides=chance.between(*SIDES, 2), opacity=chance.between(*OPACITY, 2))


def brighter(labels: Integers, chance: Chance) -> Arrangement:
    """Which is the brighter of two digits? How bright it is alone says little."""
    kinds = np.stack([labels, chance.below(len(DIGITS))], axis=1)
    bright = chance.between(OPACITY[0] + GAP[1], OPACITY[1])
    opacity = np.stack([bright, bright - chance.between(*GAP)], axis=1)
    order = chance.chosen(2, of=2)
    kinds, opacity = (np.take_along_axis(each, order, 1) for each in (kinds, opacity))
    return Arrangement(kinds=kinds, sides=chance.between(*SIDES, 2), opacity=opacity)


@lru_cache(maxsize=1)
def cut_digits() -> CutOuts:
    """Every scan, white with its ink as alpha, and after the digits each of them scrambled."""
    images, labels = scans(SIDE)
    order = np.argsort(labels, kind="stable")
    ink = images[order, 0]
    shapes = np.concatenate([ink, np.roll(ink, (SIDE // 2, SIDE // 2), axis=(1, 2))])
    return CutOuts(
        squares=[trimmed(np.stack([WHITE, WHITE, WHITE, ink], axis=-1)) for ink in shapes],
        kinds=np.concatenate([labels[order], np.full(len(labels), SCRAMBLED)]),
        names=(*DIGITS, "scrambled"),
        channels=1,
    )


QUESTIONS = {
    "": Question(classes=DIGITS, arrange=digit),
    "brighter": Question(classes=DIGITS, arrange=brighter),
}
DATASET_OF = partial(
    drawn_dataset,
    "shifted",
    QUESTIONS,
    cutouts=cut_digits,
    channels=1,
    ground=GROUND,
    source="procedural, drawn by moat_lab from digits of Alpaydin and Kaynak 1998",
)
