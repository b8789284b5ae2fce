"""Figures that `moat-lab evaluate --pictures` wrote into the folders of trainings."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

TRAINING = "training.json"
DEPTH = 3
"""Folders below a root in which trainings are looked for: `runs/train/NAME` lies in the second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingPictures:
    """A training with the figures in its folder, the newest first."""

    folder: Path
    network: str
    data: str
    pictures: tuple[Path, ...]


def trainings_with_pictures(roots: Iterable[Path]) -> dict[str, TrainingPictures]:
    """Name below its root -> training; those whose training.json cannot be read are left out."""
    found: dict[str, TrainingPictures] = {}
    for root in roots:
        for depth in range(1, DEPTH + 1):
            for file in sorted(root.glob("*/" * depth + TRAINING)):
                training = _training(file)
                if training is not None:
                    found.setdefault(file.parent.relative_to(root).as_posix(), training)
    return found


def _training(file: Path) -> TrainingPictures | None:
    whole = filter(_is_whole, file.parent.glob("*.png"))
    pictures = sorted(whole, key=lambda path: (-path.stat().st_mtime_ns, path.name))
    if not pictures:
        return None
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        network, data = str(content["network"]), str(content["recipe"]["data"])
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return TrainingPictures(folder=file.parent, network=network, data=data, pictures=tuple(pictures))


def _is_whole(picture: Path) -> bool:
    try:
        with Image.open(picture, formats=["PNG"]) as opened:
            opened.verify()
    except (OSError, SyntaxError):  # Pillow's, of files that are no images
        return False
    return True
