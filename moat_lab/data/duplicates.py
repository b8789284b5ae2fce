"""Files that are byte for byte the same, by digests that are kept beside the cache of decoded images."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from moat_lab.data.labelled_images import Encoded, Indices
from moat_lab.data.progress_line import ProgressLine
from moat_lab.files import cache_root, write_atomically

Digests = NDArray[np.uint64]
"""(N,), one for each file; 0 for one that shows no image."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SplitFiles:
    """Some images of a source: train, val or test."""

    name: str
    encoded: Encoded
    positions: Indices


def digest(data: bytes) -> int:
    """64 bits, never 0: among ten million different files two are equal once in 400,000 times."""
    return int.from_bytes(sha256(data).digest()[:8], "little") or 1


def cache_digests(encoded: Encoded, digests: Digests) -> None:
    """For these files in this state, at whatever resolution they are decoded."""
    content = BytesIO()
    np.save(content, digests)
    write_atomically(_path(encoded), content.getvalue())


def cached_digests(encoded: Encoded) -> Digests | None:
    """None where they were not kept for these files, or one of them has changed since."""
    try:
        digests: Digests = np.load(_path(encoded))
    except (OSError, EOFError, ValueError):
        return None
    return digests


def read_digests(encoded: Encoded, source: str) -> None:
    """Reads every file once, where that was not done before, and keeps the digests."""
    if cached_digests(encoded) is not None:
        return
    digests = np.zeros(len(encoded.labels), dtype=np.uint64)
    with ProgressLine(f"comparing {source}", len(digests)) as progress:
        for position in range(len(digests)):
            digests[position] = _read(encoded, position)
            progress.update(position + 1)
    cache_digests(encoded, digests)


def copies(parts: Sequence[SplitFiles]) -> Iterator[str]:
    """A sentence for each two parts that hold the same file, as far as digests are kept."""
    of_files = {id(part.encoded): part.encoded for part in parts}
    digests = {files: cached_digests(encoded) for files, encoded in of_files.items()}
    for first, second in combinations(parts, 2):
        ours, theirs = digests[id(first.encoded)], digests[id(second.encoded)]
        if ours is not None and theirs is not None:
            yield from _shared(first, ours, second, theirs)


def content_digest(encoded: Encoded) -> str:
    """SHA-256 of all files with their names and labels: equal on machines that have the same files.

    Every file is read once, where that was not done before.
    """
    kept = _path(encoded).with_suffix(".sha256")
    if kept.is_file():
        return kept.read_text()
    content = sha256(encoded.listing().encode())
    with ProgressLine("comparing the images with other machines'", len(encoded.labels)) as progress:
        for position in range(len(encoded.labels)):
            content.update(_read(encoded, position).to_bytes(8, "little"))
            progress.update(position + 1)
    write_atomically(kept, content.hexdigest())
    return content.hexdigest()


def _shared(first: SplitFiles, ours: Digests, second: SplitFiles, theirs: Digests) -> Iterator[str]:
    ours_there = ours[first.positions]
    both = second.positions[np.isin(theirs[second.positions], ours_there[ours_there > 0])]
    if len(both):
        original = first.positions[ours_there == theirs[both[0]]][0]
        yield (
            f"{len(both):,} of {second.name} also in {first.name}, byte for byte "
            f"({second.encoded.name(both[0])} is {first.encoded.name(original)})"
        )


def repeated(digests: Digests) -> int:
    """How many files are copies of one before them."""
    readable = digests[digests > 0]
    return len(readable) - len(np.unique(readable))


def _read(encoded: Encoded, position: int) -> int:
    try:
        data = encoded.read(position)
    except OSError:
        return 0
    return digest(data) if data else 0


def _path(encoded: Encoded) -> Path:
    key = sha256(f"digests {encoded.fingerprint()}".encode()).hexdigest()[:24]
    return cache_root() / f"{key}.digests.npy"
