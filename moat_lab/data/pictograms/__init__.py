"""Pictograms with alpha: the same concepts of 18 kinds, each in three styles, as lossless WebP.

Microsoft's Fluent Emoji (MIT), Google's Noto Emoji (Apache-2.0) and Twemoji (CC BY 4.0). README.md says where
they come from and what was changed; `pack.py` makes the files.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).parent
SIDE = 64
STYLES = ("fluent", "google", "twitter")
CONCEPTS = "concepts.csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """What a pictogram shows: its kind, its code points in hex with hyphens, its name in Unicode."""

    kind: str
    code: str
    name: str


def sheet_file(kind: str) -> str:
    """The file with the pictograms of a kind: a row for each concept, a column for each style."""
    return f"{kind}.webp"


@lru_cache(maxsize=1)
def concepts() -> tuple[Concept, ...]:
    """All of them, kind by kind."""
    with (HERE / CONCEPTS).open(encoding="utf-8", newline="") as file:
        return tuple(Concept(**row) for row in csv.DictReader(file))


@lru_cache(maxsize=1)
def kinds() -> tuple[str, ...]:
    """Their names; a kind's place here is its number."""
    return tuple(dict.fromkeys(concept.kind for concept in concepts()))


@lru_cache(maxsize=18)
def sheet(kind: str) -> NDArray[np.uint8]:
    """(concepts, styles, SIDE, SIDE, 4): red, green, blue and alpha, black where nothing is seen."""
    from PIL import Image

    with Image.open(HERE / sheet_file(kind)) as image:
        pixels = np.array(image.convert("RGBA"))
    pixels[pixels[..., 3] == 0] = 0  # WebP's encoder chooses colours there that take few bytes
    return pixels.reshape(-1, SIDE, len(STYLES), SIDE, 4).swapaxes(1, 2)
