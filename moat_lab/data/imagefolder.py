"""Images in folders of one's own, ImageNet's or Imagenette's: `imagefolder:PATH`.

A class is a folder with images. Below PATH lie either the classes, or the parts, and the classes in those:
`train/`, and where they are there `val/` (or `valid/`, `validation/`) and `test/`. Classes are numbered by
name, as torchvision's ImageFolder does. Without a val part val is drawn from the training images. A PATH that
is not there is looked for in `$MOAT_LAB_DATA`.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

import numpy as np

from moat_lab.data.dataset import Dataset
from moat_lab.data.file_tree import FileTree, file_tree, folders_in
from moat_lab.data.files import VAL, dataset_of_files
from moat_lab.data.places import folder_named
from moat_lab.errors import UserError


def imagefolder(argument: str) -> Dataset:
    """The images below the folder.

    Raises:
        UserError: there is no such folder, it does not hold two classes, or a class holds no image.
    """
    root = folder_named(argument)
    if not argument or not root.is_dir():
        got = f"'{argument}', which is none" if argument else "nothing"
        raise UserError(
            f"data imagefolder: a folder is needed behind the colon; got {got}\n"
            "  imagefolder:PATH, where PATH holds a folder for each class, or train/ and val/ that do"
        )
    return _listed(root, argument, _state(root))


@lru_cache(maxsize=8)
def _listed(root: Path, argument: str, state: tuple[tuple[str, int], ...]) -> Dataset:
    """Listed anew when a class or part gained or lost a file; a million names take seconds."""
    parts = _parts(root)
    classes = folders_in(root / parts[0])
    if len(classes) < 2:
        raise UserError(
            f"data imagefolder: folders of at least two classes are needed in {root / parts[0]}; got "
            f"{', '.join(classes) or 'none'}\n  move the images of each class into a folder of its name"
        )
    for part in parts[1:]:
        _check_known(root / part, classes)
    tree, left = file_tree(root, parts, classes)
    in_val = np.array([path.startswith(os.fsencode(f"{parts[-1]}/")) for path in tree.paths], dtype=bool)
    return dataset_of_files(
        tree,
        source=f"images in {argument}",
        from_val=in_val if len(parts) > 1 else None,
        test=_test(root, parts, classes),
        left_alone=tuple(left),
    )


def _parts(root: Path) -> list[str]:
    """Of train and val, or "" where the classes lie in the root. A `train` without folders is a class."""
    known = folders_in(root)
    if "train" not in known or not folders_in(root / "train"):
        return [""]
    return ["train", *[name for name in VAL if name in known][:1]]


def _test(root: Path, parts: list[str], classes: list[str]) -> FileTree | None:
    if parts == [""] or not (root / "test").is_dir() or not folders_in(root / "test"):
        return None  # ImageNet's own test part has no classes
    _check_known(root / "test", classes)
    return file_tree(root, ["test"], classes, may_lack=True)[0]


def _check_known(part: Path, classes: list[str]) -> None:
    unknown = sorted(set(folders_in(part)) - set(classes))
    if unknown:
        raise UserError(
            f"data imagefolder: {part} has the classes of the training images; got '{unknown[0]}' too\n"
            f"  {len(unknown)} of its folders are no class of train: rename or move them"
        )


def _state(root: Path) -> tuple[tuple[str, int], ...]:
    """When files last came or went, for the root and two levels of folders in it."""
    first = [root / name for name in folders_in(root)]
    second = [folder / name for folder in first for name in folders_in(folder)]
    return tuple((str(folder), folder.stat().st_mtime_ns) for folder in (root, *first, *second))


DATASET_OF = imagefolder
