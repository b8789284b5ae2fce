"""Bytes with a few pieces changed, as hands, tools and disks damage them, and as someone malicious would."""

import random
import re
from collections.abc import Callable, Sequence

DEEP = 5_000
NUMBERS = (
    *b"0 1 -1 2 0.5 -0.0 3.7 1e9 1e308 1e999 -1e999 1e-320 65537 99999999999".split(),
    *(b"9223372036854775808", b"-9223372036854775809", b"9" * 400, b"9" * DEEP),
    *b"NaN Infinity -Infinity .nan .inf -.inf nan inf 1_000 0x10 0o17 017 12:30:45 1.2.3 00 +1 1e 0x".split(),
    *b'true null "1" [1]'.split(),
    *"٣ １２ ² ½ Ⅷ 一 ٣٫٥ −1".encode().split(),
)
"""In the place of a number, or of anything."""
ODD = (
    *(b"", b"\0", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\r", b"\t", b"\x1b[31m", b"\x85"),
    *b"""\\ " ' ` % {} [] { [ ] } : , #""".split(),
    *(b"\n", b"..", b"/", b"a" * DEEP, "\u2028".encode()),
    *"\u202e × х x̂ ＠ 😀 é \u200b İ ß \ufffd".encode().split(),
    *b"__class__ %s%n{0} ../../etc/passwd /dev/zero $(reboot) nan_nan None self".split(),
)
"""Between tokens, or in the place of one."""
_TOKEN = re.compile(rb"\w+|\s+|[^\w\s]")
_WORD = re.compile(rb"[A-Za-z_]+|\d+")
_NUMBER = re.compile(rb"(?<![A-Za-z_])[-+]?\d[\d.e]*")
Random = random.Random
Change = Callable[[Random, bytes, Sequence[bytes]], bytes]


def mutated(rng: Random, content: bytes, corpus: Sequence[bytes], changes: Sequence[Change]) -> bytes:
    """The content after one or a few of the changes; `corpus` are what pieces are taken from."""
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        content = rng.choice(changes)(rng, content, corpus)
    return content


def flipped(rng: Random, content: bytes, corpus: Sequence[bytes]) -> bytes:
    at = rng.randrange(len(content) or 1)
    changed = bytes(byte ^ 1 << rng.randrange(8) for byte in content[at : at + 1])
    return content[:at] + changed + content[at + 1 :]


def overwritten(rng: Random, content: bytes, corpus: Sequence[bytes]) -> bytes:
    """A whole number of one to eight bytes, of either order, made extreme."""
    at, size = rng.randrange(len(content) or 1), rng.choice((1, 2, 4, 8))
    value = rng.choice((0, 1, 2, 1 << 8 * size - 1, (1 << 8 * size - 1) - 1, (1 << 8 * size) - 1))
    return content[:at] + value.to_bytes(size, rng.choice(("big", "little"))) + content[at + size :]


def cut(rng: Random, content: bytes, corpus: Sequence[bytes]) -> bytes:
    return content[: rng.randint(0, len(content))]


def removed(rng: Random, content: bytes, corpus: Sequence[bytes]) -> bytes:
    at = rng.randint(0, len(content))
    return content[:at] + content[at + rng.choice((1, 1, 2, 5, 50)) :]


def repeated(rng: Random, content: bytes, corpus: Sequence[bytes]) -> bytes:
    at, size = rng.randint(0, len(content)), rng.choice((1, 2, 10, 100))
    return content[:at] + content[at : at + size] * rng.choice((2, 3, 100)) + content[at + size :]


def spliced(rng: Random, content: bytes, corpus: Sequence[bytes]) -> bytes:
    other = rng.choice(corpus)
    return content[: rng.randint(0, len(content))] + other[rng.randint(0, len(other)) :]


def line_moved(rng: Random, content: bytes, corpus: Sequence[bytes]) -> bytes:
    """A line, of this or another seed, put elsewhere; this makes keys that stand twice."""
    lines = content.split(b"\n")
    lines.insert(
        rng.randint(0, len(lines)), rng.choice(rng.choice((content, rng.choice(corpus))).split(b"\n"))
    )
    return b"\n".join(lines)


def number(rng: Random, content: bytes, corpus: Sequence[bytes]) -> bytes:
    places = [*_NUMBER.finditer(content)]
    return _put(content, rng.choice(places).span(), rng.choice(NUMBERS)) if places else content


def token(rng: Random, content: bytes, corpus: Sequence[bytes]) -> bytes:
    """A token replaced by one of a seed or an odd one, or the new one put before it."""
    places = [match.span() for match in _TOKEN.finditer(content)] or [(0, 0)]
    start, end = rng.choice(places)
    others = _TOKEN.findall(rng.choice(corpus))
    new = rng.choice(others) if others and rng.random() < 0.5 else rng.choice(ODD + NUMBERS)
    return _put(content, (start, rng.choice((start, end))), new)


def swapped(rng: Random, content: bytes, corpus: Sequence[bytes]) -> bytes:
    """A word or number replaced by another of a seed: mostly still of the language."""
    places, others = [*_WORD.finditer(content)], _WORD.findall(rng.choice(corpus))
    if not places or not others:
        return content
    place = rng.choice(places)
    same = [other for other in others if other.isdigit() == place[0].isdigit()]
    return _put(content, place.span(), rng.choice(same or [place[0]]))


def nested(rng: Random, content: bytes, corpus: Sequence[bytes]) -> bytes:
    """A token inside of very many brackets, or only of their openings."""
    start, end = rng.choice([match.span() for match in _TOKEN.finditer(content)] or [(0, 0)])
    opening, closing = rng.choice(
        ((b"[", b"]"), (b"{a: ", b"}"), (b'{"a":', b"}"), (b"(", b")"), (b"- ", b""))
    )
    depth = rng.choice((2, 30, 300, DEEP))
    new = opening * depth + content[start:end] + closing * rng.choice((0, depth))
    return _put(content, (start, end), new)


def _put(content: bytes, span: tuple[int, int], new: bytes) -> bytes:
    return content[: span[0]] + new + content[span[1] :]


BYTES: tuple[Change, ...] = (flipped, overwritten, cut, removed, repeated, spliced)
TEXT: tuple[Change, ...] = (
    *(flipped, cut, removed, repeated, spliced, line_moved, nested),
    *(number, number, token, token, swapped, swapped, swapped, swapped),
)
