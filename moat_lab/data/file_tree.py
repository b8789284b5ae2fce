"""Images in a tree of folders, one folder for each class."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from moat_lab.data.image_decoder import ENDINGS
from moat_lab.data.labelled_images import IgnoredFile, Labels
from moat_lab.errors import UserError, readable

Identity = tuple[int, int]
"""Of a folder, whatever leads to it: its device and its number there."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FileTree:
    """Files below a folder with their classes, by class and then by name, whatever the disk's order."""

    root: Path
    paths: NDArray[np.bytes_]
    """(N,), relative to the root. Bytes in one block, which processes share, not a million objects."""
    labels: Labels
    classes: tuple[str, ...]

    def name(self, position: int) -> str:
        return readable(os.fsdecode(self.paths[position]))

    def read(self, position: int) -> bytes:
        path = self.root / os.fsdecode(self.paths[position])
        if not stat.S_ISREG(path.stat().st_mode):  # a pipe would be waited for without end
            raise OSError("not a file")
        return path.read_bytes()

    def fingerprint(self) -> str:
        digest = sha256()
        for path in self.paths:
            digest.update(path + b"\0" + self._state(path).encode() + b"\0")
        digest.update(self.labels.tobytes())
        return digest.hexdigest()

    def listing(self) -> str:
        names = f"{self.paths.dtype} {self.classes}".encode() + self.paths.tobytes()
        return sha256(names + self.labels.tobytes()).hexdigest()

    def _state(self, path: bytes) -> str:
        try:
            of = (self.root / os.fsdecode(path)).stat()
        except OSError:
            return "none"
        return f"{of.st_size} {of.st_mtime_ns}"


def folders_in(folder: Path) -> list[str]:
    """Names of the folders in a folder, sorted by their bytes; hidden ones and links back up are none."""
    up = _up_from(folder)
    with os.scandir(folder) as entries:
        names = [
            entry.name
            for entry in entries
            if _is_folder(entry) and not entry.name.startswith(".") and _identity(entry.stat()) not in up
        ]
    return sorted(names, key=os.fsencode)


def list_images(
    root: Path, parts: Sequence[str], classes: Sequence[str], *, may_lack: bool = False
) -> tuple[FileTree, list[IgnoredFile]]:
    """The images of all parts (folders below the root, or "" for itself), and what was ignored.

    Raises:
        UserError: a class has no image in the first part, unless it `may_lack` some.
    """
    paths: list[bytes] = []
    labels: list[int] = []
    ignored: list[IgnoredFile] = []
    for part in parts:
        for label, name in enumerate(classes):
            images = _images(root, os.path.join(part, name), ignored)
            if not images and part == parts[0] and not may_lack:
                raise UserError(
                    f"data: at least one image in each class is needed; got none in {root / part / name}\n"
                    f"  names of images end in {', '.join(ENDINGS)}"
                )
            paths += images
            labels += [label] * len(images)
    tree = FileTree(
        root=root,
        paths=np.array(paths, dtype=np.bytes_),
        labels=np.array(labels, dtype=np.int64),
        classes=tuple(classes),
    )
    return tree, ignored


def _images(root: Path, below: str, ignored: list[IgnoredFile]) -> list[bytes]:
    if not (root / below).is_dir():
        return []
    return sorted(os.fsencode(path) for path in _walked(root, below, ignored, _up_from(root / below)))


def _walked(root: Path, below: str, ignored: list[IgnoredFile], up: frozenset[Identity]) -> Iterator[str]:
    """Paths of the images in a folder and those in it; a link back to a folder above is not followed."""
    try:
        here = _identity((root / below).stat())
        with os.scandir(root / below) as entries:
            ordered = sorted(entries, key=lambda entry: os.fsencode(entry.name))
    except PermissionError:
        ignored.append(_ignored(below, "a folder that cannot be opened"))
        return
    for entry in ordered:
        path = os.path.join(below, entry.name)
        if entry.name.startswith("."):
            ignored.append(_ignored(path, "hidden"))
        elif _is_folder(entry):
            if is_image(entry.name):
                ignored.append(_ignored(path, "a folder named as an image"))
            if _identity(entry.stat()) in {*up, here}:
                ignored.append(_ignored(path, "a link to a folder above"))
            else:
                yield from _walked(root, path, ignored, up | {here})
        elif is_image(entry.name):
            yield path
        else:
            ignored.append(_ignored(path, "not named as an image"))


def _ignored(path: str, reason: str) -> IgnoredFile:
    return IgnoredFile(name=readable(path), reason=reason)


def _up_from(folder: Path) -> frozenset[Identity]:
    """The folder and all above it, by its name and, where a link led to it, by its place."""
    ways = (folder.absolute(), folder.resolve())
    return frozenset(_identity(each.stat()) for way in ways for each in (way, *way.parents))


def _identity(of: os.stat_result) -> Identity:
    return of.st_dev, of.st_ino


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def is_image(name: str) -> bool:
    """By the ending of a file's name."""
    return os.path.splitext(name)[1].lower() in ENDINGS
