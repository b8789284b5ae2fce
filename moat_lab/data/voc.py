"""Pascal VOC's segmentation, as its archives unpack: `voc:PATH`, where PATH holds `JPEGImages`.

21 classes, the ground among them; 255, the border of things, is of none. train and val are those of
`ImageSets/Segmentation`; `trainval` and test, which has no masks, are not read.

Source: Everingham et al. 2010, The Pascal Visual Object Classes Challenge.
"""

from __future__ import annotations

from pathlib import Path

from moat_lab.data.labelled_images import IGNORED, Dataset, IgnoredFile
from moat_lab.data.mask_decoder import class_numbers
from moat_lab.data.mask_folders import Found, masked_dataset, root_of
from moat_lab.errors import readable

NAMES = (
    "background aeroplane bicycle bird boat bottle bus car cat chair cow diningtable dog horse motorbike "
    "person pottedplant sheep sofa train tvmonitor"
)
SETS = "ImageSets/Segmentation"


def voc_dataset(argument: str) -> Dataset:
    """The images of both lists; raises UserError where the folder is none of VOC's."""
    needed = ["JPEGImages", "SegmentationClass", f"{SETS}/train.txt", f"{SETS}/val.txt"]
    root = root_of("voc", argument, needed, f"PATH holds {', '.join(needed)}, as VOCdevkit/VOC2012 does")
    classes = NAMES.split()
    return masked_dataset(
        root,
        {part: _listed(root, part) for part in ("train", "val")},
        classes=classes,
        numbers=class_numbers({number: number for number in range(len(classes))}, [IGNORED]),
        source=f"Pascal VOC in {argument}",
    )


def _listed(root: Path, part: str) -> Found:
    pairs, missing = [], []
    for name in (root / SETS / f"{part}.txt").read_text(encoding="utf-8", errors="replace").split():
        pair = f"JPEGImages/{name}.jpg", f"SegmentationClass/{name}.png"
        absent = [path for path in pair if not (root / path).is_file()]
        if absent:
            reason = f"listed in {part}.txt, and not there"
            missing.append(IgnoredFile(name=readable(absent[0]), reason=reason))
        else:
            pairs.append(pair)
    return pairs, missing


DATASET_OF = voc_dataset
