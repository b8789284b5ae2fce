"""COCO's things: `coco:PATH`, a folder with `annotations/instances_NAME.json` and images in `NAME/`.

NAME is `train2017`, `val2017` or another; those that begin with `val` are the val part, and those that begin
with `test` are not read.
Images keep their aspect: the longer side fills the resolution, and what is left at the right and below is
black. They are decoded into memory where they fit, and otherwise batch by batch.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from moat_lab.data.annotated_files import AnnotatedFiles
from moat_lab.data.coco_annotations import AnnotationFile, read_annotations
from moat_lab.data.file_tree import FileTree
from moat_lab.data.labelled_images import Dataset, IgnoredFile, Images, Skipped
from moat_lab.data.objects import Objects
from moat_lab.data.skip_report import left_out_summary
from moat_lab.errors import UserError

PREFIX = "instances_"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Loaded:
    """Images (N, 3, R, R), what is in them, and what is broken; a broken image is black and shows nothing."""

    pixels: Images
    objects: Objects
    skipped: tuple[Skipped, ...]
    left_out: tuple[IgnoredFile, ...]


def in_folder(argument: str) -> Dataset:
    """The dataset in a folder.

    Raises:
        UserError: there are no annotations, or a file of them is none.
    """
    root = Path(argument).expanduser()
    parts = _parts(root)
    files = _files(root, parts)
    source = f"coco:{argument}"
    left_out = tuple(one for _, part in parts for one in part.left_out)
    if left_out:
        print(left_out_summary(left_out, source), file=sys.stderr)

    @lru_cache(maxsize=2)
    def loaded(resolution: int) -> Loaded:
        read = _loaded(files, resolution)
        if read.skipped or read.left_out:
            print(left_out_summary((*read.skipped, *read.left_out), source), file=sys.stderr)
        return read

    def images(resolution: int) -> tuple[Images, Objects]:
        return loaded(resolution).pixels, loaded(resolution).objects

    return Dataset(
        in_chans=3,
        num_classes=len(files.classes),
        classes=files.classes,
        size=len(files.images),
        source=source,
        images=images,
        labels="objects",
        from_val=_from_val(parts),
        skipped=lambda resolution: loaded(resolution).skipped,
        ignored_files=left_out,
        encoded=files,
        resize="long",
    )


def _parts(root: Path) -> list[tuple[str, AnnotationFile]]:
    """By name, train before val; the categories of the first count."""
    files = sorted((root / "annotations").glob(f"{PREFIX}*.json"))
    names = [file.stem.removeprefix(PREFIX) for file in files]
    names = sorted((name for name in names if not name.startswith("test")), key=lambda name: "val" in name)
    if not names:
        raise UserError(
            f"data: {PREFIX}NAME.json is needed in {root / 'annotations'}; there is none\n"
            "  a folder of COCO has annotations/instances_train2017.json and images in train2017/"
        )
    parts: list[tuple[str, AnnotationFile]] = []
    for name in names:
        known = parts[0][1].categories if parts else None
        path = root / "annotations" / f"{PREFIX}{name}.json"
        parts.append((name, read_annotations(path, root / name, known)))
    return parts


def _files(root: Path, parts: Sequence[tuple[str, AnnotationFile]]) -> AnnotatedFiles:
    """The images of all parts; classes are numbered in the order of COCO's own numbers."""
    images = [image for _, part in parts for image in part.images]
    categories = parts[0][1].categories
    paths = [os.fsencode(image.path.relative_to(root)) for image in images]
    tree = FileTree(
        root=root,
        paths=np.array(paths, dtype=np.bytes_),
        labels=np.zeros(len(images), dtype=np.int64),
        classes=tuple(categories[number] for number in sorted(categories)),
    )
    numbers = {number: at for at, number in enumerate(sorted(categories))}
    most = max([1, *(len(image.things) for image in images)])
    return AnnotatedFiles(files=tree, images=images, numbers=numbers, most=most)


def _from_val(parts: Sequence[tuple[str, AnnotationFile]]) -> NDArray[np.bool_] | None:
    of_part = [np.full(len(part.images), name.startswith("val")) for name, part in parts]
    marked = np.concatenate(of_part)
    return marked if marked.any() and not marked.all() else None


def _loaded(files: AnnotatedFiles, resolution: int) -> Loaded:
    size = len(files.images)
    pixels, objects = np.zeros((size, 3, resolution, resolution), np.uint8), files.nothing(size, resolution)
    skipped: list[Skipped] = []
    left_out: list[IgnoredFile] = []
    for at in range(size):
        decoded = files.decode_or_skip(at, resolution)
        if isinstance(decoded, Skipped):
            skipped.append(decoded)
            continue
        pixels[at] = decoded.pixels
        for field in fields(Objects):
            getattr(objects, field.name)[at] = getattr(decoded.objects, field.name)
        left_out += decoded.left_out
    return Loaded(pixels=pixels, objects=objects, skipped=tuple(skipped), left_out=tuple(left_out))


DATASET_OF = in_folder
