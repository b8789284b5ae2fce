"""COCO's things: `coco:PATH`, a folder with `annotations/instances_NAME.json` and images in `NAME/`.

NAME is `train2017`, `val2017` or another; those that begin with `val` are the val part, and those that begin
with `test` are not read.
Images keep their aspect: the longer side fills the resolution, and what is left at the right and below is
black. All images of a resolution are kept in memory.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from moat_lab.data.coco_annotations import AnnotatedImage, Annotation, AnnotationFile, read_annotations
from moat_lab.data.labelled_images import Dataset, IgnoredFile, Images, Skipped
from moat_lab.data.objects import NOTHING, Objects
from moat_lab.data.skip_report import left_out_summary
from moat_lab.errors import UserError

PREFIX = "instances_"
OUTSIDE = "with a box outside of its image"
BROKEN_MASK = "with a broken segmentation, which keep their boxes"


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
    every = [image for _, part in parts for image in part.images]
    numbers = {number: at for at, number in enumerate(sorted(parts[0][1].categories))}
    names = tuple(parts[0][1].categories[number] for number in numbers)
    source = f"coco:{argument}"
    left_out = tuple(one for _, part in parts for one in part.left_out)
    if left_out:
        print(left_out_summary(left_out, source), file=sys.stderr)

    @lru_cache(maxsize=2)
    def loaded(resolution: int) -> Loaded:
        read = _loaded(every, numbers, resolution)
        if read.skipped or read.left_out:
            print(left_out_summary((*read.skipped, *read.left_out), source), file=sys.stderr)
        return read

    def images(resolution: int) -> tuple[Images, Objects]:
        return loaded(resolution).pixels, loaded(resolution).objects

    return Dataset(
        in_chans=3,
        num_classes=len(names),
        classes=names,
        size=len(every),
        source=source,
        images=images,
        labels="objects",
        from_val=_from_val(parts),
        skipped=lambda resolution: loaded(resolution).skipped,
        ignored_files=left_out,
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


def _from_val(parts: Sequence[tuple[str, AnnotationFile]]) -> NDArray[np.bool_] | None:
    of_part = [np.full(len(part.images), name.startswith("val")) for name, part in parts]
    marked = np.concatenate(of_part)
    return marked if marked.any() and not marked.all() else None


def _loaded(every: Sequence[AnnotatedImage], numbers: Mapping[int, int], resolution: int) -> Loaded:
    pixels = np.zeros((len(every), 3, resolution, resolution), dtype=np.uint8)
    objects = _nothing(len(every), max([1, *(len(image.things) for image in every)]), resolution)
    skipped: list[Skipped] = []
    left_out: list[IgnoredFile] = []
    for at, image in enumerate(every):
        try:
            sides = _read_into(pixels[at], image.path)
        except (OSError, ValueError, SyntaxError) as error:  # Pillow's, of files that are no images
            skipped.append(Skipped(position=at, name=image.path.name, reason="broken", detail=str(error)))
            continue
        left_out += _put_boxes(objects[at], image, sides, numbers)
        left_out += _paint(objects[at], image, sides)
    return Loaded(pixels=pixels, objects=objects, skipped=tuple(skipped), left_out=tuple(left_out))


def _nothing(images: int, most: int, resolution: int) -> Objects:
    return Objects(
        classes=np.full((images, most), NOTHING, dtype=np.int64),
        boxes=np.zeros((images, most, 4), dtype=np.float32),
        crowd=np.zeros((images, most), dtype=np.bool_),
        instances=np.full((images, resolution, resolution), NOTHING, dtype=np.int16),
    )


def _read_into(pixels: NDArray[np.uint8], path: Path) -> tuple[int, int]:
    """Width and height of the file, whose pixels fill (3, R, R) from the top left. EXIF is not applied: the
    annotations are of the file's own pixels.
    """
    from PIL import Image

    with Image.open(path) as opened:
        picture = opened.convert("RGB")
    scale = pixels.shape[-1] / max(picture.size)
    width, height = (max(1, round(side * scale)) for side in picture.size)
    resized = np.asarray(picture.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=3.0))
    pixels[:, :height, :width] = resized.transpose(2, 0, 1)
    return picture.size


def _put_boxes(
    into: Objects, image: AnnotatedImage, sides: tuple[int, int], numbers: Mapping[int, int]
) -> Iterator[IgnoredFile]:
    scale = into.instances.shape[-1] / max(sides)
    for place, thing in enumerate(image.things):
        left, top, width, height = thing.box
        box = np.clip((left, top, left + width, top + height), 0, sides * 2) * scale
        if (box[2:] <= box[:2]).any():
            yield _thing(image, place, OUTSIDE)
            continue
        into.boxes[place], into.classes[place] = box, numbers[thing.category]
        into.crowd[place] = thing.crowd


def _paint(into: Objects, image: AnnotatedImage, sides: tuple[int, int]) -> Iterator[IgnoredFile]:
    """Crowds first and small things last, so that what lies on another is seen."""
    things = [each for each in enumerate(image.things) if into.classes[each[0]] != NOTHING]
    for place, thing in sorted(
        things, key=lambda each: (not each[1].crowd, -each[1].box[2] * each[1].box[3])
    ):
        mask = mask_of(thing, sides, into.instances.shape[-1])
        if mask is None:
            yield _thing(image, place, BROKEN_MASK)
        else:
            into.instances[mask] = place


def _thing(image: AnnotatedImage, place: int, reason: str) -> IgnoredFile:
    return IgnoredFile(name=f"{image.path.name}, thing {place + 1}", reason=reason)


def mask_of(thing: Annotation, sides: tuple[int, int], resolution: int) -> NDArray[np.bool_] | None:
    """(R, R): where the polygons or runs of a thing lie in the resized image; None where they are broken.

    A thing without a segmentation is in no pixel.
    """
    from faster_coco_eval.core import mask as runs
    from PIL import Image

    mask, (width, height) = np.zeros((resolution, resolution), dtype=np.bool_), sides
    if thing.segmentation is None:
        return mask
    try:
        whole = runs.decode(runs.segmToRle(thing.segmentation, width, height))
    except (ValueError, TypeError, KeyError, RuntimeError):  # the library's, of what is no segmentation
        return None
    if whole.shape != (height, width) or not whole.any():
        return None
    wide, high = (max(1, round(side * resolution / max(sides))) for side in sides)
    resized = Image.fromarray(whole).resize((wide, high), Image.Resampling.NEAREST)
    mask[: resized.height, : resized.width] = np.asarray(resized) > 0
    return mask


DATASET_OF = in_folder
