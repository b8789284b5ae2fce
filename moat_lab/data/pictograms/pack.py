"""Makes the files of this folder anew from the packages that the pictograms come from.

    npm pack @lobehub/fluent-emoji-3d@1.1.0 emoji-datasource-google@16.0.0 emoji-datasource-twitter@16.0.0
    (unpack each into a folder of its own: fluent, google, twitter)
    python -m moat_lab.data.pictograms.pack FOLDER

The same packages and the same version of Pillow give the same bytes; any version gives the same pixels. The
Apple and Facebook images of these packages are under no free licence and are not used.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from moat_lab.data.pictograms import CONCEPTS, HERE, SIDE, STYLES, Concept, sheet_file

SUBGROUPS = {
    "mammal": ["animal-mammal"],
    "bird": ["animal-bird"],
    "marine": ["animal-marine"],
    "bug": ["animal-bug"],
    "produce": ["food-fruit", "food-vegetable"],
    "meal": ["food-prepared"],
    "drink": ["drink"],
    "vehicle": ["transport-ground", "transport-air", "transport-water"],
    "building": ["place-building"],
    "clothing": ["clothing"],
    "tool": ["tool"],
    "plant": ["plant-flower", "plant-other"],
    "music": ["musical-instrument"],
    "sky": ["sky & weather"],
    "household": ["household"],
    "person": ["person", "person-role"],
    "face": [
        *("face-smiling", "face-affection", "face-tongue", "face-hand", "face-neutral-skeptical"),
        *("face-sleepy", "face-concerned", "face-negative"),
    ],
    "hand": [
        *("hand-fingers-open", "hand-fingers-partial", "hand-single-finger", "hand-fingers-closed"),
        *("hands", "hand-prop"),
    ],
}
"""Kind -> subgroups of Unicode's emoji-test.txt, as emoji.json names them."""
GENDERED = ("1F468-200D", "1F469-200D"), ("2640-FE0F", "2642-FE0F")
"""Beginnings and ends of the men and women among the persons: the person itself stands for them."""


def write_sheets(packages: Path, into: Path = HERE) -> None:
    """Writes a sheet of each kind, and the list of concepts."""
    entries = json.loads((packages / "google" / "package" / "emoji.json").read_text(encoding="utf-8"))
    concepts = list(complete(entries, packages))
    with (into / CONCEPTS).open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(Concept.__annotations__)
        rows.writerows((concept.kind, concept.code, concept.name) for concept in concepts)
    for kind in SUBGROUPS:
        sheet = sheet_of([concept.code for concept in concepts if concept.kind == kind], packages)
        sheet.save(into / sheet_file(kind), lossless=True, quality=100, method=6)


def complete(entries: list[dict[str, Any]], packages: Path) -> Iterator[Concept]:
    """The concepts that are there in every style, by kind and code."""
    for kind, subgroups in SUBGROUPS.items():
        for entry in sorted(entries, key=lambda entry: str(entry["unified"])):
            code = entry["unified"].lower()
            if entry["subcategory"] not in subgroups or gendered(entry["unified"]):
                continue
            if all(image_file(packages, style, code).is_file() for style in STYLES):
                yield Concept(kind=kind, code=code, name=entry["name"].lower())


def gendered(code: str) -> bool:
    """Whether it is the man or the woman of a person."""
    return code.startswith(GENDERED[0]) or code.endswith(GENDERED[1])


def image_file(packages: Path, style: str, code: str) -> Path:
    """The file of a concept in a style."""
    package = packages / style / "package"
    return package / (f"assets/{code}.webp" if style == "fluent" else f"img/{style}/{SIDE}/{code}.png")


def sheet_of(codes: list[str], packages: Path) -> Image.Image:
    """A row for each concept, a column for each style."""
    rows = [np.hstack([cut_out(image_file(packages, style, code)) for style in STYLES]) for code in codes]
    return Image.fromarray(np.vstack(rows))


def cut_out(path: Path) -> NDArray[np.uint8]:
    """(SIDE, SIDE, 4): red, green, blue and alpha."""
    image = Image.open(path).convert("RGBA")
    if image.size != (SIDE, SIDE):
        image = image.convert("RGBa").resize((SIDE, SIDE), Image.Resampling.BOX).convert("RGBA")
    pixels = np.array(image)
    pixels[pixels[..., 3] == 0] = 0  # fewer bytes
    return pixels


if __name__ == "__main__":
    write_sheets(Path(sys.argv[1]))
