"""CIFAR's files: pickles of rows, 3,072 bytes each, red, green and blue one after the other.

Read as torchvision's CIFAR10 and CIFAR100 read them, with two differences: a pickle runs nothing but what
makes an array, and no checksum is needed, so that other data of the same form can be read.

Source: Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from moat_lab.data.labelled_images import Dataset, Images, Labels, require_resolution
from moat_lab.errors import UserError
from moat_lab.files import data_folder

SIDE = 32
IN_TRAIN, IN_TEST = 50_000, 10_000
_ALLOWED = {
    ("_codecs", "encode"),
    ("numpy", "dtype"),
    ("numpy", "ndarray"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy._core.numeric", "_frombuffer"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How one of the two is laid out on a disk."""

    name: str
    folder: str
    archive: str
    train: Sequence[str]
    test: Sequence[str]
    meta: str
    labels: str
    names: str
    classes: int


def dataset_of(layout: Layout, argument: str) -> Dataset:
    """The training images, with the test images apart. Without files, images alone are an error.

    Raises:
        UserError: the file with the classes' names is damaged.
    """
    root = Path(argument).expanduser() if argument else data_folder()
    classes = _classes(layout, root)

    def part(files: Sequence[str], size: int, of: str) -> Dataset:
        return Dataset(
            in_chans=3,
            num_classes=layout.classes,
            size=size,
            classes=classes,
            source=f"Krizhevsky 2009, {layout.name}, {of} images",
            images=lambda resolution: _images(layout, root, files, resolution),
            test=(lambda: part(layout.test, IN_TEST, "test")) if of == "training" else None,
        )

    return part(layout.train, IN_TRAIN, "training")


def _images(layout: Layout, root: Path, files: Sequence[str], resolution: int) -> tuple[Images, Labels]:
    require_resolution(layout.name, resolution, least=8)
    folder = _folder(layout, root)
    rows, labels = zip(*(_entry(folder / name, layout) for name in files), strict=True)
    pixels = np.concatenate(rows).reshape(-1, 3, SIDE, SIDE)
    return _resized(pixels, resolution), np.concatenate(labels)


def _folder(layout: Layout, root: Path) -> Path:
    """Where the files are: in the archive's own folder below the root, or in the root itself."""
    for folder in (root / layout.folder, root):
        if (folder / layout.train[0]).is_file():
            return folder
    raise UserError(
        f"data {layout.name}: the file {layout.train[0]} is needed in {root / layout.folder}; it is not\n"
        f"  unpack {layout.archive} (https://www.cs.toronto.edu/~kriz/cifar.html) into {root}, "
        f"or name its folder: {layout.name}:PATH, or in MOAT_LAB_DATA"
    )


def _classes(layout: Layout, root: Path) -> tuple[str, ...]:
    """Their names, where the file that holds them is there."""
    for path in (root / layout.folder / layout.meta, root / layout.meta):
        if path.is_file():
            with _read_pickle(path, layout) as entry:
                names = tuple(str(name) for name in entry[layout.names])
                if len(names) != layout.classes:
                    raise ValueError(f"{layout.classes} names of classes are needed; got {len(names)}")
                return names
    return ()


def _entry(path: Path, layout: Layout) -> tuple[NDArray[np.uint8], Labels]:
    """Rows of 3,072 bytes, and their labels."""
    with _read_pickle(path, layout) as entry:
        rows, labels = np.asarray(entry["data"]), entry[layout.labels]
        if rows.dtype != np.uint8 or rows.shape != (len(labels), 3 * SIDE * SIDE):
            raise ValueError(
                f"rows of 3072 bytes and a label each are needed; got {rows.shape}, {len(labels)} labels"
            )
        return rows, _checked(labels, layout.classes)


def _checked(labels: Sequence[Any], classes: int) -> Labels:
    """The labels; ValueError unless each is the number of a class."""
    wrong = [label for label in labels if not (isinstance(label, int | np.integer) and 0 <= label < classes)]
    if wrong:
        raise ValueError(f"labels from 0 to {classes - 1} are needed; got {wrong[0]!r:.40}")
    return np.asarray(labels, dtype=np.int64)


@contextmanager
def _read_pickle(path: Path, layout: Layout) -> Iterator[Mapping[str, Any]]:
    """What a file holds; whatever goes wrong with it is a UserError."""
    try:
        with path.open("rb") as file:
            yield _Arrays(file, encoding="latin1").load()
    # Damaged bytes make a pickle raise almost anything.
    except Exception as error:
        raise UserError(
            f"data {layout.name}: {path} cannot be read: {type(error).__name__}: {error}\n"
            f"  unpack {layout.archive} once more"
        ) from None


class _Arrays(pickle.Unpickler):
    """Reads arrays, lists and texts; runs nothing else that a file may ask for."""

    def __init__(self, file: BinaryIO, *, encoding: str) -> None:
        super().__init__(file, encoding=encoding)

    def find_class(self, module: str, name: str) -> Any:
        module = module.replace("numpy.core.", "numpy._core.")  # its name when the files were made
        if (module, name) not in _ALLOWED:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}")
        return super().find_class(module, name)


def _resized(pixels: Images, resolution: int) -> Images:
    if resolution == SIDE:
        return pixels
    from PIL import Image

    size, resized = (resolution, resolution), np.empty((len(pixels), 3, resolution, resolution), np.uint8)
    for at, image in enumerate(pixels.transpose(0, 2, 3, 1)):
        smaller = Image.fromarray(image).resize(size, Image.Resampling.BICUBIC)
        resized[at] = np.asarray(smaller).transpose(2, 0, 1)
    return resized
