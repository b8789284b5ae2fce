"""Train, val and test among the names that other tools give them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping

SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "train": ("train", "training"),
    "val": ("val", "valid", "validation", "dev", "development"),
    "test": ("test", "testing"),
}
"""In any case, alone or followed by `set`: `TRAIN`, `valid`, `test_set`, `Trainset`."""


def part_of(name: str) -> str | None:
    """The part that a folder or table of this name is; None where it is none."""
    return _spelled(re.sub(r"[\s_-]", "", name))


def hinted_part(name: str) -> str | None:
    """The first part that one of the words in a name stands for, as in `seg_train` or `images-test2`."""
    return next(filter(None, map(_spelled, re.findall(r"[^\W\d_]+", name))), None)


def parts_among(names: Iterable[str]) -> dict[str, str]:
    """Part -> its name, of parts that are there.

    Of several names for a part it is the one that is spelled as above, and of these the first.
    """
    ordered = sorted((name for name in names if part_of(name)), key=_rank, reverse=True)
    name_of = {part_of(name): name for name in ordered}
    return {part: name_of[part] for part in SPELLINGS if part in name_of}


def _spelled(word: str) -> str | None:
    word = word.casefold().removesuffix("set")
    return next((part for part, spellings in SPELLINGS.items() if word in spellings), None)


def _rank(name: str) -> tuple[int, bytes]:
    spellings = [spelling for each in SPELLINGS.values() for spelling in each]
    return (spellings.index(name) if name in spellings else len(spellings)), os.fsencode(name)
