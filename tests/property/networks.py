"""Random valid networks and spaces, small enough to be built: what property tests draw from."""

import random
import re
from collections.abc import Callable, Sequence

from hypothesis import strategies as st

from moat_lab import Network, Space, parse
from moat_lab.blocks import LAYERS

SMALL = (8, 16, 24, 33, 48)
WIDTHS = ("8", "16", "24", "32", "64")
DEPTHS = ("1", "2")
BLOCKS = ("blocks",)
STRIDED = rf"x ({'|'.join(keyword for keyword, layer in LAYERS.items() if layer.strides)})\b"
"""Found in a group whose block starts with a layer that can stride."""
WINDOWS = ("2", "3", "4", "2x3", "4x1")
SHIFTED = ("window=2, shift=1", "window=4, shift=1x3", "window=3x2, shift=1")
"""A shift is smaller than its window, so they are written together."""
OPTIONS = {
    "mbconv": {"expand": ("1", "2", "1.5", "0.25", "6"), "kernel": ("1", "5"), "se": ("0.25", "0.1", "1")},
    "attn": {
        "window": WINDOWS,
        "grid": WINDOWS,
        "head": ("4", "8"),
        "pos": ("none", "14", "4", "3x5"),
        "weights": ("learned", "uniform"),
    },
    "mlp": {"expand": ("1", "2", "0.5", "3"), "kernel": ("3", "5")},
}
NAMES = ("a", "b_2", "width", "Order")
MAX_FACTORS = len(NAMES)
Choices = Sequence[str]


def networks(*, resolutions: Sequence[int] = SMALL) -> st.SearchStrategy[Network]:
    """Networks of every layer and option, of width 64, depth 2 a group and these resolutions at most."""
    return st.randoms(use_true_random=False).map(lambda rng: network(rng, resolutions=resolutions))


def spaces() -> st.SearchStrategy[Space]:
    """Networks of one to four factors, of 81 points at most."""
    return st.randoms(use_true_random=False).map(space)


def network(rng: random.Random, *, resolutions: Sequence[int] = SMALL) -> Network:
    drawn = parse(network_text(rng, resolutions=resolutions))
    assert isinstance(drawn, Network)
    return drawn


def space(rng: random.Random) -> Space:
    drawn = parse(space_text(rng))
    assert isinstance(drawn, Space)
    return drawn


def network_text(rng: random.Random, *, resolutions: Sequence[int] = SMALL) -> str:
    return _Writer(rng, factors=0).text(resolutions)


def space_text(rng: random.Random) -> str:
    return _Writer(rng, factors=rng.randint(1, MAX_FACTORS)).text(SMALL)


class _Writer:
    """Writes a network; up to `factors` of its slots become names bound by where.

    Widths are multiples of 8 and heads divide 8, so that every combination of levels is a network.
    """

    def __init__(self, rng: random.Random, *, factors: int) -> None:
        self.rng, self.factors = rng, factors
        self.bound: dict[str, tuple[Choices, str]] = {}

    def text(self, resolutions: Sequence[int]) -> str:
        stem = self.stem()
        stages = [self.stage() for _ in range(self.rng.randint(1, 4))]
        resolution = self.rng.choice(resolutions)
        suffix = f" for {resolution}px" if resolution != 224 else ""
        if self.factors and not self.bound:
            name = self.bind(DEPTHS, _set(DEPTHS))
            stages.append(f"{name} x mlp @8")
        where = ", ".join(f"{name} in {levels}" for name, (_, levels) in self.bound.items())
        return " | ".join([stem, *stages]) + suffix + (f" where {where}" if where else "")

    def stem(self) -> str:
        widths = [self.slot(WIDTHS) for _ in range(self.rng.randint(1, 3))]
        options = self.some({"kernel": ("1", "2", "5"), "stride": ("1", "4")})
        return f"stem({', '.join([*widths, *options])})"

    def stage(self) -> str:
        width = self.width()
        groups = [self.group(width) for _ in range(self.rng.choice((1, 1, 2, 3)))]
        downs = ("pool", "patch", "dwconv") + (("block",) if re.search(STRIDED, groups[0]) else ())
        options = self.some({"stride": ("1", "2"), "pool": ("2", "3"), "down": downs})
        return f"{', '.join(groups)} @{width}{_parenthesised(options)}"

    def width(self) -> str:
        width = self.slot(WIDTHS)
        return f"{self.rng.choice(('', '2', '3'))}{width}" if width in self.bound else width

    def group(self, width: str) -> str:
        depth = self.slot(DEPTHS)
        block = self.named(BLOCKS, self.blocks) or self.block(width)
        return f"{depth}{' ' if depth in self.bound else ''}x {block}"

    def block(self, width: str) -> str:
        return "+".join(self.layer(width) for _ in range(self.rng.choice((1, 2, 2, 3))))

    def layer(self, width: str) -> str:
        """A layer for this width; where that is empty for any, as a level, which holds no names."""
        factors, self.factors = self.factors, self.factors if width else 0
        keyword = self.rng.choice(tuple(LAYERS))
        options = dict(OPTIONS.get(keyword, {}))
        if keyword == "attn":
            del options[self.rng.choice(("window", "grid"))]
        written = self.some(options)
        if keyword == "attn" and width not in ("32", "64") and not any("head" in text for text in written):
            written.append("head=8")
        if keyword == "attn" and not any("grid" in text or "window" in text for text in written):
            written += [self.rng.choice(SHIFTED)] if self.rng.random() < 0.3 else []
        self.factors = factors
        return keyword + _parenthesised(written)

    def some(self, options: dict[str, Choices]) -> list[str]:
        chosen = [name for name in options if self.rng.random() < 0.3]
        return [f"{name}={self.slot(options[name])}" for name in chosen]

    def slot(self, choices: Choices) -> str:
        """One of the choices, or a name bound to some of them."""
        return self.named(choices, lambda: self.levels(choices)) or self.rng.choice(choices)

    def named(self, choices: Choices, levels: Callable[[], str]) -> str | None:
        """A name whose levels are of these choices, perhaps one used elsewhere; or none."""
        same = [name for name, (its_choices, _) in self.bound.items() if its_choices == choices]
        if self.factors and same and self.rng.random() < 0.4:
            return self.rng.choice(same)
        if len(self.bound) < self.factors and self.rng.random() < 0.25:
            return self.bind(choices, levels())
        return None

    def bind(self, choices: Choices, levels: str) -> str:
        name = NAMES[len(self.bound)]
        self.bound[name] = (choices, levels)
        return name

    def levels(self, choices: Choices) -> str:
        if choices == WIDTHS and self.rng.random() < 0.3:
            return self.rng.choice(("8..24:8", "16..48:16", "8..8:8"))
        return _set(self.rng.sample(choices, self.rng.randint(1, min(3, len(choices)))))

    def blocks(self) -> str:
        return _set(sorted({self.block("") for _ in range(self.rng.randint(1, 3))}))


def _parenthesised(options: Choices) -> str:
    return f"({', '.join(options)})" if options else ""


def _set(levels: Choices) -> str:
    return f"{{{', '.join(levels)}}}"
