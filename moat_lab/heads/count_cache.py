"""Counts that were made here, in a file each: counting a library's head loads torch, which takes seconds."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pydantic_core import from_json

from moat_lab.files import cache_root, read_regular, write_atomically
from moat_lab.ops import Count, Head, Shape

LIBRARIES = ("torch", "torchvision", "segmentation-models-pytorch", "timm")
"""Those whose layers are counted."""

Maps = tuple[tuple[int, Shape], ...]
CountHead = Callable[[Head, Maps, int, Shape], Count]
"""(head, maps of one image by stride, classes, the image) -> what the head costs."""


def cached_count(count: CountHead) -> CountHead:
    """The same function, which counts once for each version of the libraries and of our own layers."""

    @lru_cache(maxsize=1 << 12)
    def cached(head: Head, maps: Maps, classes: int, image: Shape) -> Count:
        file = _file(repr((type(head), head, maps, classes, image)))
        with suppress(OSError, ValueError, TypeError):
            params, macs, activations = from_json(read_regular(file, most=1 << 10))
            return Count(int(params), int(macs), int(activations))
        made = count(head, maps, classes, image)
        with suppress(OSError):  # it can be counted again
            write_atomically(file, json.dumps([made.params, made.macs, made.activations]))
        return made

    return cached


def _file(asked: str) -> Path:
    return cache_root() / "heads" / f"{sha256((asked + _versions()).encode()).hexdigest()[:24]}.json"


@lru_cache(maxsize=1)
def _versions() -> str:
    """Of the libraries, and the digest of the files that heads are written in."""
    room = Path(__file__).parent
    files = sorted([*room.glob("*.py"), *(room.parent / "ops" / "modules").glob("*.py")])
    code = sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
    return " ".join([code, *map(_version, LIBRARIES)])


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return ""
