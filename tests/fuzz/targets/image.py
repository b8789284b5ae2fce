"""Files of images in every format that the lab reads."""

import random
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from moat_lab.data.image_decoder import UnreadableError, decode_image
from tests.fuzz.mutation import BYTES, TEXT, flipped, mutated, overwritten
from tests.fuzz.target import FuzzTarget

RESOLUTION = 16
_NOISE = Image.fromarray(np.random.default_rng(0).integers(0, 256, (24, 20, 3), dtype=np.uint8))
_GREY = Image.fromarray(np.arange(24 * 20, dtype=np.uint16).reshape(24, 20) * 100)
_PNG = b"\x89PNG\r\n\x1a\n"


def _file(image: Image.Image, format: str, **options: object) -> bytes:
    file = BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


CORPUS = (
    _file(_NOISE, "JPEG", exif=_exif()),
    _file(_NOISE, "JPEG", progressive=True),
    _file(_NOISE.convert("CMYK"), "JPEG"),
    _file(_NOISE, "PNG", exif=_exif()),
    _file(_GREY, "PNG"),
    _file(_NOISE.convert("RGBA"), "PNG"),
    _file(_NOISE.convert("P"), "PNG", transparency=1),
    _file(_NOISE, "PNG", save_all=True, append_images=[_NOISE]),
    _file(_NOISE, "GIF", save_all=True, append_images=[_NOISE]),
    _file(_NOISE, "BMP"),
    _file(_NOISE.convert("P"), "BMP"),
    _file(_NOISE, "WEBP"),
    _file(_NOISE, "WEBP", lossless=True),
    _file(_NOISE, "TIFF"),
    _file(_GREY, "TIFF"),
    *(_file(_NOISE, "TIFF", compression=kind) for kind in ("tiff_lzw", "tiff_deflate", "jpeg", "packbits")),
    _file(_NOISE, "PPM"),
    _file(_GREY, "PPM"),
    _file(_NOISE.convert("L"), "PPM"),
    _file(_NOISE.convert("1"), "PPM"),
    _file(_NOISE, "AVIF"),
    _file(_NOISE, "JPEG2000"),
    _file(_NOISE, "TGA"),
    _file(_NOISE, "TGA", compression="tga_rle"),
    _file(_NOISE, "ICO", sizes=[(16, 16), (24, 24)]),
    _file(_NOISE, "EPS"),
    b"P3 2 2 255 0 0 0 1 1 1 2 2 2 3 3 3",
)


def mutant(rng: random.Random) -> bytes:
    """Mostly changed in the first bytes, where sizes and kinds stand."""
    content = rng.choice(CORPUS)
    if rng.random() < 0.5:
        head = rng.choice((32, 100, 300))
        content = mutated(rng, content[:head], CORPUS, (flipped, overwritten, overwritten)) + content[head:]
    else:
        content = mutated(rng, content, CORPUS, (*BYTES, *TEXT) if content[:1] == b"P" else BYTES)
    return _with_checksums(content) if content.startswith(_PNG) and rng.random() < 0.7 else content


def ask(content: bytes, folder: Path) -> bool:
    try:
        decode_image(content, RESOLUTION)
    except UnreadableError:
        return False
    return True


def _with_checksums(png: bytes) -> bytes:
    """What a reader that checks them would otherwise not look into."""
    right, at = bytearray(png), len(_PNG)
    while at + 12 <= len(right):
        end = at + 8 + int.from_bytes(right[at : at + 4], "big")
        right[end : end + 4] = (
            zlib.crc32(right[at + 4 : end]).to_bytes(4, "big") if end + 4 <= len(right) else b""
        )
        at = end + 4
    return bytes(right)


TARGET = FuzzTarget(mutant=mutant, ask=ask, share=3)
