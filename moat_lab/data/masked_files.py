"""Images as files, each with a second file that says the class of every pixel."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np

from moat_lab.data.file_tree import FileTree, is_image
from moat_lab.data.image_decoder import Box, DecodedImage, decode_image, middle
from moat_lab.data.labelled_images import IgnoredFile, Labels, Resize
from moat_lab.data.mask_decoder import Table, decode_mask
from moat_lab.errors import readable

Pair = tuple[str, str]
"""Paths of an image and of its mask, relative to the root."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MaskedFiles:
    """Images with masks. A decoded one has a fourth channel: the class of each pixel, 255 where it has none.

    An image is skipped, with the reason, where its mask cannot be decoded, is of another size, or holds a
    value that is no class.

    Args:
        numbers: as `class_numbers` gives it.
        resize: where it is `long`, images are whole, and no class lies beside them.
    """

    images: FileTree
    masks: FileTree
    numbers: Table
    resize: Resize = "short"

    @property
    def channels(self) -> int:
        return 4

    @property
    def labels(self) -> Labels:
        """(N,) zeros: a split has no classes to keep in proportion."""
        return self.images.labels

    @property
    def classes(self) -> tuple[str, ...]:
        return self.images.classes

    def name(self, position: int) -> str:
        return self.images.name(position)

    def read(self, position: int) -> bytes:
        return self.images.read(position)

    def fingerprint(self) -> str:
        of = f"{self.images.fingerprint()} {self.masks.fingerprint()}".encode() + self.numbers.tobytes()
        return sha256(of + (b"long" if self.resize == "long" else b"")).hexdigest()

    def listing(self) -> str:
        return sha256(f"{self.images.listing()} {self.masks.listing()}".encode()).hexdigest()

    def decode(self, position: int, resolution: int, box: Callable[[int, int], Box] = middle) -> DecodedImage:
        """(4, resolution, resolution); `long` has no box. Raises OSError or UnreadableError."""
        seen = None if self.resize == "long" else box
        image = decode_image(self.read(position), resolution, seen)
        mask = decode_mask(self.masks.read(position), image.file, resolution, self.numbers, seen)
        return replace(image, pixels=np.concatenate([image.pixels, mask[None]]))


def files_with_masks(
    root: Path, pairs: Sequence[Pair], classes: Sequence[str], numbers: Table, resize: Resize = "short"
) -> MaskedFiles:
    """Images below the root with their masks, in this order."""

    def tree(paths: Sequence[str]) -> FileTree:
        return FileTree(
            root=root,
            paths=np.array([os.fsencode(path) for path in paths], dtype=np.bytes_),
            labels=np.zeros(len(paths), dtype=np.int64),
            classes=tuple(classes),
        )

    images, masks = ([pair[which] for pair in pairs] for which in (0, 1))
    return MaskedFiles(images=tree(images), masks=tree(masks), numbers=numbers, resize=resize)


def pairs_by_name(root: Path, images: str, masks: str) -> tuple[list[Pair], list[IgnoredFile]]:
    """Images and masks of the same name, whatever their endings, in two folders; and what stands alone."""
    of_image, of_mask = dict(_named(root / images)), dict(_named(root / masks))
    both = sorted(of_image.keys() & of_mask.keys(), key=os.fsencode)
    pairs = [(f"{images}/{of_image[name]}", f"{masks}/{of_mask[name]}") for name in both]
    alone = [
        (f"{images}/{of_image[name]}", "an image without a mask") for name in of_image.keys() - set(both)
    ]
    alone += [(f"{masks}/{of_mask[name]}", "a mask without an image") for name in of_mask.keys() - set(both)]
    return pairs, [IgnoredFile(name=readable(name), reason=reason) for name, reason in sorted(alone)]


def _named(folder: Path) -> Iterator[tuple[str, str]]:
    """Name without its ending -> file name, of the images in a folder."""
    with os.scandir(folder) as entries:
        files = sorted(entry.name for entry in entries if is_image(entry.name))
    return ((os.path.splitext(name)[0], name) for name in files)
