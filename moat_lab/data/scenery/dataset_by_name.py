"""Data sets of scenes by name: a question, and how many images."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from moat_lab.data.labelled_images import Dataset
from moat_lab.data.scenery.arrangement import Question
from moat_lab.data.scenery.cutouts import CutOuts
from moat_lab.data.scenery.drawn_scenes import DrawnScenes
from moat_lab.data.scenery.ground import Ground
from moat_lab.errors import UserError, did_you_mean

SIZE = 10_000
MOST = 10**6
"""Images of a data set, whose labels are listed; `fresh` trains on as many as are asked for."""


def drawn_dataset(
    name: str,
    questions: Mapping[str, Question],
    argument: str,
    *,
    cutouts: Callable[[], CutOuts],
    channels: int,
    ground: Ground,
    source: str,
) -> Dataset:
    """The data set that the text behind `NAME:` asks for: `QUESTION` or `QUESTION:IMAGES`.

    Raises:
        UserError: there is no such question, or no such number of images.
    """
    asked, _, size = argument.partition(":")
    if asked not in questions:
        raise UserError(
            f"data: a question of {name} is needed; got '{asked}'\n  {did_you_mean(asked, questions)}"
            f"names: {', '.join(f'{name}:{each}' if each else name for each in questions)}"
        )
    drawn = DrawnScenes(
        name=f"{name}:{questions[asked].scenes or asked}".rstrip(":"),
        cutouts=cutouts,
        channels=channels,
        question=questions[asked],
        ground=ground,
        size=_size(argument, size),
    )
    return Dataset(
        in_chans=channels,
        num_classes=len(drawn.question.classes),
        classes=drawn.question.classes,
        size=drawn.size,
        source=source,
        images=lambda resolution: drawn.labelled(np.arange(drawn.size), resolution),
        labels=drawn.question.labels,
        drawn=drawn,
    )


def _size(argument: str, text: str) -> int:
    size = int(text) if text.isdecimal() and len(text) < 12 else 0 if text else SIZE
    if not 1 <= size <= MOST:
        raise UserError(
            f"data: a number of images from 1 to {MOST:,} is needed; got '{text}' in '{argument}'\n"
            "  as in scenes:pair:50000; it may be left out"
        )
    return size
