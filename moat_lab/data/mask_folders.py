"""A dataset of images with masks, from the parts that lie on a disk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from moat_lab.data.file_dataset import dataset_of_files
from moat_lab.data.labelled_images import Dataset, IgnoredFile, Resize
from moat_lab.data.mask_decoder import Table
from moat_lab.data.masked_files import Pair, files_with_masks
from moat_lab.errors import UserError
from moat_lab.files import folder_named

Found = tuple[list[Pair], list[IgnoredFile]]


def masked_dataset(
    root: Path,
    parts: Mapping[str, Found],
    *,
    classes: Sequence[str],
    numbers: Table,
    source: str,
    resize: Resize = "short",
) -> Dataset:
    """Images and masks of train, and of val and test where they are among the parts.

    Raises:
        UserError: a part has no pair of an image and a mask.
    """
    for part, (pairs, _) in parts.items():
        if not pairs:
            raise UserError(
                f"data: an image with a mask of its name is needed in {part} of {root}; got none\n"
                "  a mask has the name of its image; endings may differ"
            )
    train, val = parts["train"][0], parts["val"][0] if "val" in parts else []
    test = parts["test"][0] if "test" in parts else []
    files = partial(files_with_masks, root, classes=classes, numbers=numbers, resize=resize)
    other: Resize = "long" if resize == "short" else "short"
    return dataset_of_files(
        files([*train, *val]),
        source=source,
        from_val=np.arange(len(train) + len(val)) >= len(train) if val else None,
        test=files(test) if test else None,
        ignored_files=tuple(ignored for _, left in parts.values() for ignored in left),
        labels="maps",
        resize=resize,
        resized_otherwise=lambda: masked_dataset(
            root, parts, classes=classes, numbers=numbers, source=source, resize=other
        ),
    )


def root_of(kind: str, argument: str, needed: Sequence[str], like: str) -> Path:
    """The folder that the text behind `kind:` names; raises UserError unless it holds what is needed."""
    root = folder_named(argument)
    missing = [path for path in needed if not (root / path).exists()]
    if not argument or missing:
        got = f"'{argument}', without {', '.join(missing)}" if argument else "nothing"
        raise UserError(
            f"data {kind}: a folder is needed behind the colon; got {got}\n  {kind}:PATH, where {like}"
        )
    return root
