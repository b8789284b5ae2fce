"""A file's bytes as a square of RGB, or why they are none.

What is decided here, and stands in the cache's key as `DECODER`:

- a JPEG that is much larger than needed is decoded at 1/2, 1/4 or 1/8 by its own transform (Pillow's draft);
- the square is cut from the middle of the longer side and resized (bicubic, with antialiasing);
- EXIF's orientation is applied; of an animation the first frame counts;
- 16-bit grey is scaled to 8 bits, not clipped: by 65535, or by 4095 where no level is higher, for then the
  file holds the 12 bits of a camera or scanner; CMYK becomes RGB; what is transparent is laid over white;
- pixels whose white is not known (floats, 32-bit integers) are no image.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from moat_lab.data.duplicates import digest

if TYPE_CHECKING:
    from PIL import Image

FORMATS: Mapping[str, tuple[str, ...]] = {
    "JPEG": (".jpg", ".jpeg", ".jpe", ".jfif"),
    "PNG": (".png",),
    "GIF": (".gif",),
    "BMP": (".bmp",),
    "WEBP": (".webp",),
    "TIFF": (".tif", ".tiff"),
    "PPM": (".ppm", ".pgm", ".pbm", ".pnm"),
    "AVIF": (".avif",),
    "JPEG2000": (".jp2",),
    "TGA": (".tga",),
    "ICO": (".ico",),
}
"""No other is opened, whatever a file is named: Pillow knows 40, and runs other programs for some (EPS)."""

ENDINGS = tuple(ending for endings in FORMATS.values() for ending in endings)

DECODER = 2
"""Raised whenever the bytes of a decoded image change."""

Box = tuple[float, float, float, float]
"""Left, top, right and bottom, pixels."""

_ORIENTATION = 0x0112
_WHITE_16_BIT, _WHITE_12_BIT = 65535, 4095
_LARGE, _MOST_A_BYTE = 1 << 25, 10_000
"""Pixels of an image that takes a second or more, and pixels to a byte of its file that no photo reaches."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DecodedImage:
    """What a file shows: pixels (3, H, W), and whether its 16-bit levels were taken for 12-bit ones."""

    pixels: NDArray[np.uint8]
    twelve_bit: bool
    file: bytes

    @property
    def digest(self) -> int:
        """Of the file; computed on demand, since streams do not use it."""
        return digest(self.file)


class UnreadableError(Exception):
    """The bytes show no image. `reason` is one of a few; `detail` is what was found."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason, self.detail = reason, detail


def middle(width: int, height: int) -> Box:
    """The largest square in the middle."""
    side = min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    return left, top, left + side, top + side


def whole_sides(width: int, height: int, resolution: int) -> tuple[int, int]:
    """Of the image with its longer side at the resolution."""
    scale = resolution / max(width, height)
    return max(1, round(width * scale)), max(1, round(height * scale))


def decode_image(
    data: bytes, resolution: int, box: Callable[[int, int], Box] | None = middle
) -> DecodedImage:
    """The image (3, resolution, resolution), RGB.

    Args:
        data: a whole file of one of `FORMATS`.
        box: what to show of an image of this width and height, before EXIF's orientation is applied; None is
            the whole image, with black below or at the right.

    Raises:
        UnreadableError: there is no image in these bytes.
    """
    if not data:
        raise UnreadableError("empty", "0 bytes")
    try:
        return _decoded(data, resolution, box)
    except UnreadableError:
        raise
    # Damaged bytes come out of decoders as almost any error, and each means that this file shows nothing.
    except Exception as error:
        raise UnreadableError(failure_reason(error), failure_detail(error, data)) from None


def _decoded(data: bytes, resolution: int, box: Callable[[int, int], Box] | None) -> DecodedImage:
    from PIL import Image

    image = Image.open(BytesIO(data), formats=formats())
    _check_size(*image.size, len(data))
    shown = box(*image.size) if box else (0, 0, image.size[0], image.size[1])
    size = (resolution, resolution) if box else whole_sides(*image.size, resolution)
    turned = orientation(image)
    shown = _reduced(image, shown, size)
    white = _white(image)
    small = _rgb(image, white).resize(size, Image.Resampling.BICUBIC, box=shown)
    pixels = padded(np.asarray(upright(small, turned)), resolution, 0)
    return DecodedImage(
        pixels=np.ascontiguousarray(pixels.transpose(2, 0, 1)),
        twelve_bit=white == _WHITE_12_BIT,
        file=data,
    )


@cache
def formats() -> list[str]:
    """Those of `FORMATS` that this Pillow has."""
    from PIL import Image

    Image.init()
    return [name for name in FORMATS if name in Image.OPEN]


def _check_size(width: int, height: int, size: int) -> None:
    """A few bytes can say that they are hundreds of millions of pixels."""
    if width * height > max(_LARGE, _MOST_A_BYTE * size):
        raise UnreadableError("too large", f"{width} x {height} pixels in {size} bytes")


def padded(pixels: NDArray[np.uint8], resolution: int, value: int) -> NDArray[np.uint8]:
    """(h, w, ...) -> (resolution, resolution, ...), with the value below and at the right."""
    beside = [(0, resolution - side) for side in pixels.shape[:2]]
    return np.pad(pixels, beside + [(0, 0)] * (pixels.ndim - 2), constant_values=value)


def _reduced(image: Image.Image, box: Box, size: tuple[int, int]) -> Box:
    """Has a JPEG decode fewer pixels, while the box keeps as many as `size`; gives the box in those."""
    width, height = image.size
    left, top, right, bottom = box
    scale = max(size[0] / (right - left), size[1] / (bottom - top))
    image.draft(None, (max(1, math.ceil(width * scale)), max(1, math.ceil(height * scale))))
    across, down = image.size[0] / width, image.size[1] / height
    return left * across, top * down, right * across, bottom * down


def _white(image: Image.Image) -> int | None:
    """The level of white of 16-bit grey; None of other images. A PPM says its own, and Pillow keeps to it."""
    if not (image.mode.startswith("I;16") or (image.mode == "I" and image.format in ("PNG", "PPM"))):
        return None
    brightest = int(np.asarray(image).max())
    return _WHITE_12_BIT if brightest <= _WHITE_12_BIT and image.format != "PPM" else _WHITE_16_BIT


def _rgb(image: Image.Image, white: int | None) -> Image.Image:
    from PIL import Image

    if white:
        image = _eight_bits(image, white)
    if image.mode in ("I", "F"):
        raise UnreadableError("no known white", f"{image.format} with pixels of mode {image.mode}")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return image.convert("RGB")


def _eight_bits(image: Image.Image, white: int) -> Image.Image:
    from PIL import Image

    levels = np.arange(_WHITE_16_BIT + 1, dtype=np.uint32)
    shown = ((levels * 255 + white // 2) // white).astype(np.uint8)
    return Image.fromarray(shown[np.asarray(image)])


def orientation(image: Image.Image) -> int:
    """EXIF's number; 1, upright, where there is none or it is damaged: the pixels can still be seen."""
    try:
        return int(image.getexif().get(_ORIENTATION, 1))
    except Exception:
        return 1


def upright(image: Image.Image, turned: int) -> Image.Image:
    from PIL.Image import Transpose

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    return image.transpose(turns[turned]) if turned in turns else image


def failure_reason(error: Exception) -> str:
    from PIL import Image, UnidentifiedImageError

    if isinstance(error, UnidentifiedImageError):
        return "not an image"
    if isinstance(error, Image.DecompressionBombError | MemoryError):
        return "too large"
    if isinstance(error, EOFError) or "truncated" in str(error).lower():
        return "truncated"
    return "damaged"


def failure_detail(error: Exception, data: bytes) -> str:
    from PIL import UnidentifiedImageError

    if isinstance(error, UnidentifiedImageError):
        return f"it starts with {data[:16]!r}"
    return " ".join(str(error).split())[:200] or type(error).__name__
