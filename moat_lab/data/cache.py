"""Images decoded once, into a file that is mapped into memory.

A folder for each resolution of each state of the files: `pixels.npy` (N, 3, H, W) uint8, `skipped.json`,
`about.json`. A mask is a fourth channel. It is built under another name and renamed at the end, so that the
final name means complete.
One process builds, behind a lock of the system's that ends with it, however it ends; others wait. One that
goes on where another was killed keeps the blocks whose checksums are right.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from moat_lab.data.block_decoder import CHANNELS, Blocks, DecodedFiles, decode_all
from moat_lab.data.duplicates import SplitFiles, cache_digests, copies, read_digests, repeated
from moat_lab.data.image_decoder import DECODER
from moat_lab.data.labelled_images import Encoded, IgnoredFile, Images, Skipped
from moat_lab.data.masked_files import MaskedFiles
from moat_lab.data.skip_report import check_classes, skip_summary, twelve_bit
from moat_lab.errors import UserError
from moat_lab.files import cache_root, write_atomically


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cache:
    """Decoded images. `pixels` is a private map: what is written to it reaches no file."""

    pixels: Images
    skipped: tuple[Skipped, ...]
    folder: Path


def cached(
    encoded: Encoded,
    resolution: int,
    *,
    source: str,
    ignored_files: tuple[IgnoredFile, ...] = (),
    parts: Sequence[SplitFiles] = (),
) -> Cache:
    """Every image at this resolution, decoded now where that was not done before.

    While they are decoded it reports images that are skipped, `ignored_files`, and images that stand in two
    of the `parts`, which may be of other files too.

    Raises:
        UserError: all images of a class cannot be decoded, or the disk is too small.
    """
    folder = cache_root() / key(encoded, resolution)
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with locked(folder.with_suffix(".lock"), source):
            if not folder.is_dir():
                _build(folder, encoded, resolution, source, ignored_files, parts)
    return _open_cache(folder)


def key(encoded: Encoded, resolution: int) -> str:
    """Of these files, in this state, at this resolution, by this decoder: 24 hex digits."""
    from PIL import __version__

    state = [DECODER, __version__, resolution, encoded.fingerprint()]
    return sha256(json.dumps(state).encode()).hexdigest()[:24]


@contextmanager
def locked(path: Path, source: str) -> Iterator[None]:
    """For one process at a time; the system takes the lock from a process that dies."""
    import fcntl

    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f"{source}: another process decodes these images; waiting for it", file=sys.stderr)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _build(
    folder: Path,
    encoded: Encoded,
    resolution: int,
    source: str,
    ignored_files: tuple[IgnoredFile, ...],
    parts: Sequence[SplitFiles],
) -> None:
    building = folder.with_suffix(".building")
    building.mkdir(exist_ok=True)
    channels = encoded.channels if isinstance(encoded, MaskedFiles) else CHANNELS
    _check_space(building, channels * len(encoded.labels) * resolution**2, source)
    blocks = Blocks(folder=building, images=len(encoded.labels), resolution=resolution, channels=channels)
    try:
        done = decode_all(blocks, encoded, source)
        _report_skipped(building, folder, done, ignored_files, encoded, source)
        _report_duplicates(done, encoded, source, parts)
        blocks.finish()
    finally:
        blocks.close()
    about = {"source": source, "resolution": resolution, "images": len(encoded.labels), "decoder": DECODER}
    write_atomically(building / "about.json", json.dumps(about, indent=1) + "\n")
    os.replace(building, folder)


def _report_skipped(
    building: Path,
    folder: Path,
    done: DecodedFiles,
    ignored_files: tuple[IgnoredFile, ...],
    encoded: Encoded,
    source: str,
) -> None:
    """Reports what is skipped, in a file and on stderr; a UserError where nothing of a class is left."""
    skipped, where = done.skipped, folder / "skipped.json"
    write_atomically(
        building / "skipped.json", json.dumps([asdict(image) for image in skipped], indent=1) + "\n"
    )
    if message := skip_summary(skipped, ignored_files, len(encoded.labels), source=source, where=where):
        print(message, file=sys.stderr)
    if done.twelve_bit:
        print(f"{source}: {twelve_bit(f'{done.twelve_bit:,}')}", file=sys.stderr)
    check_classes(skipped, encoded, building / "skipped.json")


def _report_duplicates(
    done: DecodedFiles, encoded: Encoded, source: str, parts: Sequence[SplitFiles]
) -> None:
    """Reports on stderr files that stand in two parts, or twice where val will be drawn from them."""
    cache_digests(encoded, done.digests)
    for part in parts:
        read_digests(part.encoded, f"{source}, {part.name}")
    for message in copies(parts):
        print(f"{source}: {message}", file=sys.stderr)
    if "val" not in (part.name for part in parts) and (count := repeated(done.digests)):
        print(
            f"{source}: {count:,} are byte for byte copies of others among them; train, and a val that is "
            "drawn, may both hold one",
            file=sys.stderr,
        )


def _open_cache(folder: Path) -> Cache:
    skipped = json.loads((folder / "skipped.json").read_text(encoding="utf-8"))
    return Cache(
        pixels=np.load(folder / "pixels.npy", mmap_mode="c"),
        skipped=tuple(Skipped(**image) for image in skipped),
        folder=folder,
    )


def _check_space(folder: Path, needed: int, source: str) -> None:
    """Of the disk, for what is not there yet."""
    there = sum(path.stat().st_blocks * 512 for path in folder.iterdir())
    free = shutil.disk_usage(folder).free + there
    if needed > free:
        raise UserError(
            f"data: {needed / 1e9:.1f} GB are needed to decode {source}; got {free / 1e9:.1f} GB free in "
            f"{folder.parent}\n  set MOAT_LAB_CACHE to a folder on a larger disk, or take a lower resolution"
        )
