"""Images as files, with things whose boxes and outlines an annotation says; decoded one by one.

Images keep their aspect: the longer side fills the resolution, and what is left at the right and below is
black.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from moat_lab.data.coco_annotations import AnnotatedImage, Annotation
from moat_lab.data.file_tree import FileTree
from moat_lab.data.image_decoder import failure_detail
from moat_lab.data.labelled_images import IgnoredFile, Images, Labels, Skipped
from moat_lab.data.objects import NOTHING, Objects

OUTSIDE = "with a box outside of its image"
BROKEN_MASK = "with a broken segmentation, which keep their boxes"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DecodedThings:
    """An image (3, R, R), what is in it, without the dimension of images, and what of that is left out."""

    pixels: Images
    objects: Objects
    left_out: tuple[IgnoredFile, ...]
    twelve_bit: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AnnotatedFiles:
    """Files with the things in them.

    Args:
        images: in the order of the files.
        numbers: the annotations' number of a class -> ours.
        most: places for things that each image has.
    """

    files: FileTree
    images: Sequence[AnnotatedImage]
    numbers: Mapping[int, int]
    most: int

    @property
    def labels(self) -> Labels:
        """(N,) zeros: a split has no classes to keep in proportion."""
        return self.files.labels

    @property
    def classes(self) -> tuple[str, ...]:
        return self.files.classes

    def name(self, position: int) -> str:
        return self.images[position].path.name

    def read(self, position: int) -> bytes:
        return self.files.read(position)

    def fingerprint(self) -> str:
        return self._with_things(self.files.fingerprint())

    def listing(self) -> str:
        return self._with_things(self.files.listing())

    def _with_things(self, of_files: str) -> str:
        digest = sha256(of_files.encode())
        for image in self.images:
            digest.update(repr(image.things).encode())
        return digest.hexdigest()

    def nothing(self, images: int, resolution: int) -> Objects:
        """Of so many images in which there is nothing."""
        return Objects(
            classes=np.full((images, self.most), NOTHING, dtype=np.int64),
            boxes=np.zeros((images, self.most, 4), dtype=np.float32),
            crowd=np.zeros((images, self.most), dtype=np.bool_),
            instances=np.full((images, resolution, resolution), NOTHING, dtype=np.int16),
        )

    def decode_or_skip(self, position: int, resolution: int) -> DecodedThings | Skipped:
        """The image with its things, or why it shows nothing."""
        pixels = np.zeros((3, resolution, resolution), dtype=np.uint8)
        objects = self.nothing(1, resolution)[0]
        data, image = b"", self.images[position]
        try:
            data = self.read(position)
            sides = _read_into(pixels, data)
        except (OSError, ValueError, SyntaxError) as error:  # Pillow's, of files that are no images
            detail = failure_detail(error, data)
            return Skipped(position=position, name=image.path.name, reason="broken", detail=detail)
        left_out = (*_put_boxes(objects, image, sides, self.numbers), *_paint(objects, image, sides))
        return DecodedThings(pixels=pixels, objects=objects, left_out=left_out)


def _read_into(pixels: NDArray[np.uint8], data: bytes) -> tuple[int, int]:
    """Width and height of the file, whose pixels fill (3, R, R) from the top left. EXIF is not applied: the
    annotations are of the file's own pixels.
    """
    from PIL import Image

    with Image.open(BytesIO(data)) as opened:
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
