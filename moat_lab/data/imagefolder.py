"""Images in folders of one's own, ImageNet's or Imagenette's: `imagefolder:PATH`.

A class is a folder with images. Below PATH lie either the classes, or the parts, and the classes in those:
`train/`, and where they are there `val/` and `test/`; other spellings are in `split_names`. Classes are
numbered by name, as torchvision's ImageFolder does. Without a val part val is drawn from the training images.
A PATH that is not there is looked for in `$MOAT_LAB_DATA`.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from moat_lab.data.file_dataset import dataset_of_files
from moat_lab.data.file_tree import FileTree, folders_in, is_image, list_images
from moat_lab.data.labelled_images import Dataset, IgnoredFile
from moat_lab.data.skip_report import BESIDE, few
from moat_lab.data.split_names import hinted_part, part_of, parts_among
from moat_lab.errors import UserError, readable
from moat_lab.files import folder_named


def folder_dataset(argument: str) -> Dataset:
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
    searched = [parts[part] for part in ("train", "val") if part in parts]
    classes = _classes(root / searched[0])
    for folder in searched[1:]:
        _check_known(root / folder, classes)
    tree, ignored = list_images(root, searched, classes)
    return dataset_of_files(
        tree,
        source=f"images in {argument}",
        from_val=_in_val(root, tree, parts["val"]) if "val" in parts else None,
        test=_test(root, parts, classes),
        ignored_files=(*_beside(root, parts), *ignored),
    )


def _parts(root: Path) -> dict[str, str]:
    """Part -> its folder; train is the root itself, "", where that holds the classes.

    Raises:
        UserError: there is a val or test part and no train, or the folders are parts without classes.
    """
    known = folders_in(root)
    holding = {name for name in known if part_of(name) and folders_in(root / name)}
    # A val part without folders is a mistake, a test part without is one whose labels are kept back.
    parts = parts_among(name for name in known if name in holding or part_of(name) == "val")
    if "train" in parts:
        return parts
    hinted = {hinted_part(name) for name in known}
    if holding or (None not in hinted and len(hinted) > 1):
        raise UserError(
            f"data imagefolder: a part called train, with a folder for each class, is needed in {root}; got "
            f"{few(sorted(holding) or known)}\n"
            "  parts are called train, val and test: rename them; if these are classes, give them other names"
        )
    return {"train": ""}


def _classes(folder: Path) -> list[str]:
    """The folders in it.

    Raises:
        UserError: they are fewer than two, or hold the same folders and no images, as parts do.
    """
    classes = folders_in(folder)
    if len(classes) < 2:
        raise UserError(
            f"data imagefolder: folders of at least two classes are needed in {folder}; got "
            f"{few(classes)}\n  move the images of each class into a folder of its name"
        )
    within = folders_in(folder / classes[0])
    if len(within) > 1 and all(_holds_alone(folder / name, within) for name in classes):
        raise UserError(
            f"data imagefolder: images are needed in the folders of {folder}; got the folders {few(within)} "
            f"in each of {few(classes)}\n"
            "  parts are called train, val and test: rename them; if these are classes, move their images up"
        )
    return classes


def _holds_alone(folder: Path, names: list[str]) -> bool:
    """Whether these folders, and no image, lie in it."""
    return folders_in(folder) == names and not any(is_image(entry.name) for entry in os.scandir(folder))


def _in_val(root: Path, tree: FileTree, folder: str) -> NDArray[np.bool_]:
    """Which images are in the val part; raises UserError where none is."""
    within = np.array([path.startswith(os.fsencode(f"{folder}/")) for path in tree.paths], dtype=bool)
    if not within.any():
        raise UserError(
            f"data imagefolder: images in folders of the classes of train are needed in {root / folder}; got "
            "none\n  sort them into folders of their classes, or move it away: val is then drawn from train"
        )
    return within


def _beside(root: Path, parts: dict[str, str]) -> list[IgnoredFile]:
    """Folders beside the parts, whose images nothing sees."""
    if not parts["train"]:
        return []
    beside = [name for name in folders_in(root) if name not in parts.values()]
    return [IgnoredFile(name=readable(name), reason=BESIDE) for name in beside]


def _test(root: Path, parts: dict[str, str], classes: list[str]) -> FileTree | None:
    if "test" not in parts:
        return None  # ImageNet's own test part has no classes
    _check_known(root / parts["test"], classes)
    return list_images(root, [parts["test"]], classes, may_lack=True)[0]


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


DATASET_OF = folder_dataset
