"""ADE20K's SceneParsing, as its archive unpacks: `ade20k:PATH`, where PATH holds `images` and `annotations`.

150 classes. In its masks they are 1 to 150, and 0 is none of them.

Source: Zhou et al. 2017, Scene Parsing through ADE20K Dataset; the folders are ADEChallengeData2016's.
"""

from __future__ import annotations

from pathlib import Path

from moat_lab.data.labelled_images import Dataset
from moat_lab.data.mask_decoder import class_numbers
from moat_lab.data.mask_folders import masked_dataset, root_of
from moat_lab.data.masked_files import pairs_by_name

CLASSES = 150
PARTS = {"train": "training", "val": "validation"}
NAMES = "objectInfo150.txt"


def ade20k_dataset(argument: str) -> Dataset:
    """The images of both parts; raises UserError where the folder is none of ADE20K's."""
    needed = [f"{kind}/{folder}" for kind in ("images", "annotations") for folder in PARTS.values()]
    like = f"PATH holds {', '.join(needed)}, as ADEChallengeData2016 does"
    root = root_of("ade20k", argument, needed, like)
    return masked_dataset(
        root,
        {part: pairs_by_name(root, f"images/{of}", f"annotations/{of}") for part, of in PARTS.items()},
        classes=_names(root / NAMES),
        numbers=class_numbers({number + 1: number for number in range(CLASSES)}, [0]),
        source=f"ADE20K in {argument}",
    )


def _names(path: Path) -> list[str]:
    """The last column of the archive's table; numbers where it is not there."""
    numbered = [f"class {number}" for number in range(1, CLASSES + 1)]
    if not path.is_file():
        return numbered
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()[1:]
    names = [line.split("\t")[-1].strip() for line in lines if line.strip()]
    return names if len(names) == CLASSES else numbered


DATASET_OF = ade20k_dataset
