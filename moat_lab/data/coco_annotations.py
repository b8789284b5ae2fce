"""A file of COCO's annotations, with everything in it that cannot be used named.

Source of the format: Lin et al. 2014, arXiv 1405.0312; https://cocodataset.org/#format-data.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from moat_lab.data.labelled_images import IgnoredFile
from moat_lab.errors import UserError


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """A thing in an image.

    Args:
        box: left, top, width and height, pixels of the image's file.
        segmentation: polygons, or runs of pixels as COCO writes them; None where it has none.
    """

    category: int
    box: tuple[float, float, float, float]
    crowd: bool
    segmentation: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotatedImage:
    """A file and the things in it, none in some."""

    path: Path
    things: tuple[Annotation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationFile:
    """Images by file name; names of categories by number; what was left out."""

    images: tuple[AnnotatedImage, ...]
    categories: Mapping[int, str]
    left_out: tuple[IgnoredFile, ...]


def read_annotations(path: Path, folder: Path, known: Mapping[int, str] | None = None) -> AnnotationFile:
    """The annotations of the images in a folder.

    Args:
        known: the categories that count; those of the file itself if left out.

    Raises:
        UserError: it is no file of COCO's annotations.
    """
    content = _content(path)
    categories = known or {int(each["id"]): str(each["name"]) for each in content["categories"]}
    things: dict[Any, list[Annotation]] = {image["id"]: [] for image in content["images"]}
    left_out = []
    for entry in content["annotations"]:
        reason = problem(entry, things, categories)
        if reason:
            left_out.append(
                IgnoredFile(name=f"{path.name}, annotation {entry.get('id', '?')}", reason=reason)
            )
        else:
            things[entry["image_id"]].append(_annotation(entry))
    images = sorted(content["images"], key=lambda image: str(image["file_name"]))
    return AnnotationFile(
        images=tuple(
            AnnotatedImage(path=folder / str(image["file_name"]), things=tuple(things[image["id"]]))
            for image in images
        ),
        categories=categories,
        left_out=tuple(left_out),
    )


def problem(entry: Mapping[str, Any], images: Mapping[Any, Any], categories: Mapping[int, str]) -> str | None:
    """Why an annotation cannot be used, in a few words."""
    if entry.get("image_id") not in images:
        return "of an unknown image"
    if entry.get("category_id") not in categories:
        return "of an unknown class"
    box = entry.get("bbox")
    if not isinstance(box, list) or len(box) != 4 or not all(map(_finite, box)):
        return "without a box"
    if box[2] <= 0 or box[3] <= 0:
        return "with a box without area"
    return None


def _finite(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _annotation(entry: Mapping[str, Any]) -> Annotation:
    left, top, width, height = entry["bbox"]
    return Annotation(
        category=int(entry["category_id"]),
        box=(float(left), float(top), float(width), float(height)),
        crowd=bool(entry.get("iscrowd", 0)),
        segmentation=entry.get("segmentation") or None,
    )


def _content(path: Path) -> dict[str, list[dict[str, Any]]]:
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise UserError(f"data: {path} cannot be read as JSON: {error}") from None
    for problems in _problems(content):
        raise UserError(f"data: {path} is no file of COCO's annotations: {problems}")
    return dict(content)


def _problems(content: Any) -> Iterator[str]:
    needed = {"images": ("id", "file_name"), "categories": ("id", "name"), "annotations": ()}
    for name, keys in needed.items():
        rows = content.get(name) if isinstance(content, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            yield f"a list '{name}' of mappings is needed"
        elif missing := [key for key in keys if any(key not in row for row in rows)]:
            yield f"each of '{name}' needs {', '.join(missing)}"
