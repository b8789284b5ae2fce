"""All images of a source decoded into one file, block by block, by several threads.

Threads, because Pillow lets others run while it reads, decodes and resizes, and because they end with their
process. The bytes do not depend on how many there are.
"""

from __future__ import annotations

import json
import os
import warnings
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from moat_lab.data.duplicates import Digests
from moat_lab.data.image_decoder import Box, DecodedImage, UnreadableError, decode_image, middle
from moat_lab.data.labelled_images import Encoded, Images, Skipped
from moat_lab.data.masked_files import MaskedFiles
from moat_lab.data.progress_line import ProgressLine
from moat_lab.device import decoders
from moat_lab.files import write_atomically

BLOCK = 64
"""Images that are decoded, written and noted down together."""
CHANNELS = 3
"""Of images without masks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A finished block: which, the checksum of its bytes, and what in it could not be decoded.

    Beside that, a digest of each image's file, and how many were taken for 12-bit ones.
    """

    number: int
    checksum: int
    skipped: tuple[Skipped, ...]
    digests: tuple[int, ...]
    twelve_bit: int


@dataclass(slots=True, kw_only=True)
class Blocks:
    """The file of pixels while it is built, and beside it a journal with a line for each finished block."""

    folder: Path
    images: int
    resolution: int
    channels: int = CHANNELS
    done: dict[int, Block] = field(default_factory=dict)
    _file: int = -1
    _start: int = 0

    def __post_init__(self) -> None:
        self._file, self._start = self._opened()
        self.done = {block.number: block for block in self._journal() if self._is_right(block)}
        # Without a line that was cut off: what is appended starts on a line of its own.
        write_atomically(self.folder / "journal", "".join(_line(block) for block in self.done.values()))

    @property
    def image_bytes(self) -> int:
        return self.channels * self.resolution**2

    @property
    def numbers(self) -> range:
        return range(-(-self.images // BLOCK))

    def positions(self, number: int) -> range:
        """Of the images in a block."""
        return range(number * BLOCK, min((number + 1) * BLOCK, self.images))

    def write(self, block: Block, pixels: Images) -> None:
        """Puts a block where it belongs; from any thread, each block once."""
        content, at = pixels.data.cast("B"), self._offset(block.number)
        while content:
            written = os.pwrite(self._file, content, at)
            content, at = content[written:], at + written

    def note(self, block: Block) -> None:
        """Remembers a block that is written."""
        self.done[block.number] = block
        with (self.folder / "journal").open("a", encoding="utf-8") as journal:
            journal.write(_line(block))

    def finish(self) -> None:
        """Makes the pixels last, and ends the journal."""
        os.fsync(self._file)
        (self.folder / "journal").unlink()

    def close(self) -> None:
        """What is done stays, to go on from."""
        os.close(self._file)

    def _opened(self) -> tuple[int, int]:
        path, shape = (
            self.folder / "pixels.npy",
            (self.images, self.channels, self.resolution, self.resolution),
        )
        size = self.images * self.image_bytes
        if not path.exists() or path.stat().st_size < size:
            np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=shape).flush()
        return os.open(path, os.O_RDWR), path.stat().st_size - size

    def _offset(self, number: int) -> int:
        return self._start + number * BLOCK * self.image_bytes

    def _journal(self) -> Iterator[Block]:
        path = self.folder / "journal"
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            try:
                content = json.loads(line)
                skipped = tuple(Skipped(**each) for each in content["skipped"])
                yield Block(**content | {"skipped": skipped, "digests": tuple(content["digests"])})
            except (ValueError, LookupError, TypeError):  # the line that was being written
                continue

    def _is_right(self, block: Block) -> bool:
        """After a power cut the journal may be ahead of the pixels."""
        size = len(self.positions(block.number)) * self.image_bytes
        return zlib.crc32(os.pread(self._file, size, self._offset(block.number))) == block.checksum


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DecodedFiles:
    """Of all images: those that cannot be decoded, in order; digests of the files; how many hold 12 bits."""

    skipped: list[Skipped]
    digests: Digests
    twelve_bit: int


def decode_all(blocks: Blocks, encoded: Encoded, source: str) -> DecodedFiles:
    """Decodes what is missing."""
    missing = [number for number in blocks.numbers if number not in blocks.done]
    work = partial(_decode_block, blocks, encoded)
    progress = ProgressLine(f"decoding {source}", blocks.images)
    # Decoders warn of oddities in a file; it is decoded all the same, or reported as skipped.
    with warnings.catch_warnings(), ThreadPoolExecutor(decoders()) as pool, progress:
        warnings.simplefilter("ignore")
        progress.update(_images_of(blocks))
        for block in _finished(pool, work, missing):
            blocks.note(block)
            progress.update(_images_of(blocks))
    done = [blocks.done[number] for number in blocks.numbers]
    return DecodedFiles(
        skipped=[image for block in done for image in block.skipped],
        digests=np.array([each for block in done for each in block.digests], dtype=np.uint64),
        twelve_bit=sum(block.twelve_bit for block in done),
    )


def _finished(pool: ThreadPoolExecutor, work: partial[Block], numbers: list[int]) -> Iterator[Block]:
    """Blocks as they are ready. Few wait at a time, so that an interruption is answered at once."""
    todo, running = iter(numbers), set[Future[Block]]()
    while True:
        while len(running) < 2 * decoders() and (number := next(todo, None)) is not None:
            running.add(pool.submit(work, number))
        if not running:
            return
        ready, running = wait(running, return_when=FIRST_COMPLETED)
        for future in ready:
            yield future.result()


def _decode_block(blocks: Blocks, encoded: Encoded, number: int) -> Block:
    positions, skipped, twelve_bit = blocks.positions(number), [], 0
    digests = [0] * len(positions)
    pixels = np.zeros((len(positions), blocks.channels, blocks.resolution, blocks.resolution), dtype=np.uint8)
    for row, position in enumerate(positions):
        image = decode_or_skip(encoded, position, blocks.resolution)
        if isinstance(image, Skipped):
            skipped.append(image)
        else:
            pixels[row], digests[row] = image.pixels, image.digest
            twelve_bit += image.twelve_bit
    block = Block(
        number=number,
        checksum=zlib.crc32(pixels.data),
        skipped=tuple(skipped),
        digests=tuple(digests),
        twelve_bit=twelve_bit,
    )
    blocks.write(block, pixels)
    return block


def decode_or_skip(
    encoded: Encoded, position: int, resolution: int, box: Callable[[int, int], Box] = middle
) -> DecodedImage | Skipped:
    """The image, with its mask as a last channel where it has one; or why it is none."""
    try:
        if isinstance(encoded, MaskedFiles):
            return encoded.decode(position, resolution, box)
        return decode_image(encoded.read(position), resolution, box)
    except OSError as error:
        reason, detail = "cannot be read", error.strerror or str(error)
    except UnreadableError as error:
        reason, detail = error.reason, error.detail
    return Skipped(position=position, name=encoded.name(position), reason=reason, detail=detail)


def _images_of(blocks: Blocks) -> int:
    return sum(len(blocks.positions(number)) for number in blocks.done)


def _line(block: Block) -> str:
    return json.dumps(asdict(block)) + "\n"
