"""Images and masks of one's own: `masks:PATH`.

PATH holds `images/`, `masks/` and `classes.txt`; or `train/` and, where they are there, `val/` and `test/`,
with such folders in each. A mask has its image's name, and at each pixel the number of a class, that of its
line in `classes.txt`, from 0 on. 255 is no class. Without a val part val is drawn from the training images.
"""

from __future__ import annotations

from pathlib import Path

from moat_lab.data.labelled_images import IGNORED, Dataset
from moat_lab.data.mask_decoder import UNKNOWN, class_numbers
from moat_lab.data.mask_folders import masked_dataset, root_of
from moat_lab.data.masked_files import pairs_by_name
from moat_lab.errors import UserError

CLASSES = "classes.txt"
LIKE = (
    f"PATH holds images/, masks/ and {CLASSES} (a name on each line), or train/ and val/ with those folders"
)


def folder_with_masks(argument: str) -> Dataset:
    """The images and masks below the folder.

    Raises:
        UserError: there is no such folder, or it lacks its parts, pairs or classes.
    """
    root = root_of("masks", argument, [CLASSES], LIKE)
    folders = {part: f"{part}/" for part in ("train", "val", "test") if (root / part / "images").is_dir()}
    folders = folders if "train" in folders else {"train": ""}
    parts = {}
    for part, folder in folders.items():
        root_of("masks", argument, [f"{folder}images", f"{folder}masks"], LIKE)
        parts[part] = pairs_by_name(root, f"{folder}images", f"{folder}masks")
    classes = _classes(root / CLASSES)
    numbers = class_numbers({number: number for number in range(len(classes))}, [IGNORED])
    source = f"images and masks in {argument}"
    return masked_dataset(root, parts, classes=classes, numbers=numbers, source=source)


def _classes(path: Path) -> list[str]:
    names = [line.strip() for line in path.read_text(encoding="utf-8", errors="replace").splitlines()]
    names = [name for name in names if name]
    if not 2 <= len(names) <= UNKNOWN:
        raise UserError(
            f"data masks: from 2 to {UNKNOWN} classes are needed in {path}; got {len(names)}\n"
            "  one name stands on each line; the first is class 0"
        )
    return names


DATASET_OF = folder_with_masks
