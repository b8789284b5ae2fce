"""What images are kept in: Pillow's names of the formats that are read, and how names of such files end."""

from collections.abc import Mapping

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
