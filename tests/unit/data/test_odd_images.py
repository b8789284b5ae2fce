"""A folder of everything that people have among their images: each file is decoded rightly, or named."""

import os
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from moat_lab.data import dataset
from moat_lab.data.image_decoder import UnreadableError, decode_image, middle
from moat_lab.errors import UserError

RED, BLUE, WHITE = (255, 0, 0), (0, 0, 255), (255, 255, 255)
SIDE = 16


def flat(mode, colour, size=(SIDE, SIDE)):
    return Image.new(mode, size, colour)


def halves():
    """Red on the left, blue on the right."""
    image = flat("RGB", BLUE)
    image.paste(RED, (0, 0, SIDE // 2, SIDE))
    return image


def noise():
    return Image.fromarray(np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8))


def transparent_palette(path):
    image = flat("P", 1)
    image.putpalette([*BLUE, *RED])
    image.save(path, transparency=1)


def oriented(path):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise
    halves().save(path, quality=95, exif=exif)


def animated(path):
    flat("RGB", RED).save(path, save_all=True, append_images=[flat("RGB", BLUE)])


def sixteen_bits(path):
    Image.fromarray(np.full((SIDE, SIDE), 40000, dtype=np.uint16)).save(path)


def levels(path, brightest, level):
    """16-bit grey of one level, with the brightest in a corner."""
    pixels = np.full((SIDE, SIDE), level, dtype=np.uint16)
    pixels[-1, -1] = brightest
    Image.fromarray(pixels).save(path)


def portable(path, white, level):
    path.write_bytes(f"P5 16 16 {white}\n".encode() + struct.pack(">H", level) * SIDE * SIDE)


# Name -> how it is made, and the colour in the middle of its upper half.
READABLE = {
    "grey.png": (lambda path: flat("L", 100).save(path), (100, 100, 100)),
    "grey.jpg": (lambda path: flat("L", 100).save(path), (100, 100, 100)),
    "one_bit.png": (lambda path: flat("1", 1).save(path), WHITE),
    "palette.png": (lambda path: flat("RGB", RED).quantize(4).save(path), RED),
    "palette_transparent.png": (transparent_palette, WHITE),
    "rgba.png": (lambda path: flat("RGBA", (*RED, 128)).save(path), (255, 127, 127)),
    "grey_alpha.png": (lambda path: flat("LA", (0, 0)).save(path), WHITE),
    "colour_key.png": (lambda path: flat("RGB", RED).save(path, transparency=RED), WHITE),
    "cmyk.jpg": (lambda path: flat("CMYK", (0, 255, 255, 0)).save(path), RED),
    "cmyk.tif": (lambda path: flat("CMYK", (0, 255, 255, 0)).save(path), RED),
    "twelve_bits.png": (lambda path: levels(path, 4095, 2500), (156, 156, 156)),
    "twelve_bits.tif": (lambda path: levels(path, 4095, 2500), (156, 156, 156)),
    "twelve_bits.pgm": (lambda path: portable(path, 4095, 2500), (156, 156, 156)),
    "dark_sixteen_bits.png": (lambda path: levels(path, 4096, 2500), (10, 10, 10)),
    "dark_sixteen_bits.pgm": (lambda path: portable(path, 65535, 2500), (10, 10, 10)),
    "sixteen_bits.png": (sixteen_bits, (156, 156, 156)),
    "sixteen_bits.tif": (sixteen_bits, (156, 156, 156)),
    "sixteen_bits.pgm": (lambda path: portable(path, 65535, 40000), (156, 156, 156)),
    "turned.jpg": (oriented, RED),
    "a_png.jpg": (lambda path: flat("RGB", RED).save(path, format="PNG"), RED),
    "a_jpeg.png": (lambda path: flat("RGB", RED).save(path, format="JPEG", quality=95), RED),
    "animated.gif": (animated, RED),
    "one_pixel.png": (lambda path: flat("RGB", RED, (1, 1)).save(path), RED),
    "long.png": (lambda path: flat("RGB", RED, (4000, 2)).save(path), RED),
    "CAPITALS.JPG": (lambda path: flat("RGB", RED).save(path, quality=95), RED),
    "web.webp": (lambda path: flat("RGB", RED).save(path, lossless=True), RED),
    "bitmap.bmp": (lambda path: flat("RGB", RED).save(path), RED),
    "bad_exif.jpg": (lambda path: flat("RGB", RED).save(path, quality=95, exif=b"Exif\0\0II*\0junk"), RED),
    "spaces and ümläute.png": (lambda path: flat("RGB", RED).save(path), RED),
}


def cut(path, ending):
    noise().save(path, format=ending)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def bomb(path, width=50_000, height=50_000, bits=8, colour=2):
    """A PNG of some bytes that says it is very large."""

    def chunk(name, content):
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")))


def post_script(path):
    path.write_text("%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n(out) (w) file\n%%EOF\n")


BROKEN = {
    "post_script.png": (post_script, "not an image"),
    "painter.jpg": (lambda path: flat("RGB", RED).save(path, format="PCX"), "not an image"),
    "document.png": (lambda path: flat("RGB", RED).save(path, format="PDF"), "not an image"),
    "empty.jpg": (lambda path: path.write_bytes(b""), "empty"),
    "text.jpg": (lambda path: path.write_text("not an image"), "not an image"),
    "zeros.png": (lambda path: path.write_bytes(bytes(1000)), "not an image"),
    "cut.jpg": (lambda path: cut(path, "JPEG"), "truncated"),
    "cut.png": (lambda path: cut(path, "PNG"), "truncated"),
    "bomb.png": (bomb, "too large"),
    "strip.png": (lambda path: bomb(path, 20, 8_388_632, bits=16, colour=0), "too large"),
    "grey_bomb.png": (lambda path: bomb(path, 8_000, 8_000, colour=0), "too large"),
    "float.tif": (lambda path: flat("F", 0.5).save(path), "no known white"),
    "dangling.jpg": (lambda path: path.symlink_to("nowhere"), "cannot be read"),
    "in_a_circle.jpg": (lambda path: path.symlink_to(path.name), "cannot be read"),
    "pipe.jpg": (os.mkfifo, "cannot be read"),
}
LEFT_ALONE = {
    "notes.txt": "not named as an image",
    ".hidden.png": "hidden",
    "x.jpg": "a folder named as an image",
}


@pytest.fixture
def folder(tmp_path):
    odd, whole = tmp_path / "photos/odd", tmp_path / "photos/whole"
    whole.mkdir(parents=True)
    flat("RGB", BLUE).save(whole / "blue.png")
    (odd / "x.jpg").mkdir(parents=True)
    flat("RGB", RED).save(odd / "x.jpg" / "inside.png")
    (odd / "notes.txt").write_text("of mine")
    flat("RGB", RED).save(odd / ".hidden.png")
    for name, (make, _) in (READABLE | BROKEN).items():
        make(odd / name)
    return tmp_path / "photos"


def test_every_file_is_decoded_or_named_with_its_reason(folder, capsys):
    data = dataset(f"imagefolder:{folder}")
    pixels, labels = data.images(SIDE)
    names = [data.encoded.name(position) for position in range(data.size)]
    assert {s.name: s.reason for s in data.skipped(SIDE)} == {
        f"odd/{name}": reason for name, (_, reason) in BROKEN.items()
    }
    assert {left.name: left.reason for left in data.ignored_files} == {
        f"odd/{name}": reason for name, reason in LEFT_ALONE.items()
    }
    seen = {name: pixels[at, :, SIDE // 4, SIDE // 2].astype(int) for at, name in enumerate(names)}
    wrong = {
        name: seen[f"odd/{name}"].tolist()
        for name, (_, colour) in READABLE.items()
        if np.abs(seen[f"odd/{name}"] - colour).max() > 3
    }
    assert wrong == {}
    assert len(names) == len(READABLE) + len(BROKEN) + 2
    assert labels.tolist() == [0] * (len(names) - 1) + [1]
    said = capsys.readouterr().err
    assert f"{len(BROKEN)} of {len(names)} images cannot be decoded, and are skipped\n" in said
    assert "  3 cannot be read: odd/dangling.jpg, odd/in_a_circle.jpg, odd/pipe.jpg\n" in said
    assert "3 other files and folders are left alone\n" in said
    assert (
        said.count("2 images of 16 bits have no level above 4095: they are taken to hold 12, with 4095 as")
        == 1
    )


def test_no_program_is_started_for_a_file_of_another_format(tmp_path, monkeypatch):
    program = tmp_path / "gs"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path / 'started'}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr("PIL.EpsImagePlugin.gs_binary", None)  # what Pillow knows of an earlier look
    post_script(tmp_path / "post_script.png")
    with pytest.raises(UnreadableError, match=r"not an image: it starts with b'%!PS-Adobe-3.0 E'"):
        decode_image((tmp_path / "post_script.png").read_bytes(), SIDE)
    assert not (tmp_path / "started").exists()


def test_what_was_skipped_is_in_a_file_beside_the_cache(folder, cache):
    data = dataset(f"imagefolder:{folder}")
    data.images(SIDE)
    (file,) = cache.glob("*/skipped.json")
    assert '"name": "odd/empty.jpg",\n  "reason": "empty",\n  "detail": "0 bytes"' in file.read_text()


def test_a_class_of_broken_images_alone_is_named(folder):
    (folder / "whole" / "blue.png").write_text("no more")
    with pytest.raises(UserError, match="is needed in each class; got none in 'whole'"):
        dataset(f"imagefolder:{folder}").images(SIDE)


def test_a_turned_image_is_upright(tmp_path):
    oriented(tmp_path / "turned.jpg")
    pixels = decode_image((tmp_path / "turned.jpg").read_bytes(), SIDE).pixels
    assert np.abs(pixels[:, 2, :].mean(axis=1) - RED).max() < 6
    assert np.abs(pixels[:, -3, :].mean(axis=1) - BLUE).max() < 6


def test_a_long_image_shows_its_middle():
    assert middle(30, 10) == (10, 0, 20, 10)
    assert middle(10, 31) == (0, 10.5, 10, 20.5)


def test_a_large_jpeg_is_what_it_would_be_decoded_as_a_whole(tmp_path):
    smooth = np.linspace(0, 255, 640).astype(np.uint8)
    image = Image.fromarray(np.stack([np.tile(smooth, (480, 1))] * 3, axis=2))
    image.save(tmp_path / "large.jpg", quality=95)
    image.save(tmp_path / "large.png")
    jpeg, png = (
        decode_image((tmp_path / f"large.{e}").read_bytes(), 60).pixels.astype(int) for e in ("jpg", "png")
    )
    assert np.abs(jpeg - png).max() <= 3


def test_a_large_flat_image_is_no_bomb(tmp_path):
    side, path = 6_000, tmp_path / "white.png"
    flat("L", 255, (side, side)).save(path)
    assert side**2 > 700 * path.stat().st_size
    assert set(decode_image(path.read_bytes(), SIDE).pixels.flat) == {255}


def test_bytes_that_are_no_image_say_why():
    with pytest.raises(UnreadableError, match=r"not an image: it starts with b'hello'"):
        decode_image(b"hello", SIDE)
