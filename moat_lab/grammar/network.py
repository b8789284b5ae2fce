"""The network itself: stem, stages, groups of equal blocks, each block its layers in order."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from hashlib import sha256

from moat_lab.blocks import LAYERS
from moat_lab.blocks.attn import Attn
from moat_lab.blocks.layer import Layer
from moat_lab.blocks.options import (
    Value,
    canonicalise,
    changed_options,
    one_of,
    option,
    value_text,
    whole_number,
)
from moat_lab.errors import UserError
from moat_lab.grammar.drawing import boxes_html
from moat_lab.grammar.error import GrammarError
from moat_lab.grammar.template import (
    BLOCK,
    DEFAULT_RESOLUTION,
    GroupText,
    LayerText,
    Options,
    StageText,
    StemText,
    default_down,
    joined_text,
    merged,
)
from moat_lab.ops.attention import Sides

MAX_DEPTH, MAX_WIDTH, MAX_RESOLUTION = 1_000, 65_536, 16_384
DOWNSAMPLINGS = (BLOCK, "pool", "patch", "dwconv")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stem:
    """Convolutions, the first strided; norm and GELU between them, none after the last.

    Raises:
        UserError: no width, or a width or option that cannot be.
    """

    widths: tuple[int, ...]
    kernel: int = option(3, whole_number())
    stride: int = option(2, one_of(1, 2, 4, 8, 16, 32))

    def __post_init__(self) -> None:
        canonicalise(self)
        if not self.widths:
            raise GrammarError("a stem needs at least one width, such as stem(32); got none")
        for width in self.widths:
            if not 1 <= width <= MAX_WIDTH:
                raise GrammarError(f"a width is from 1 to {MAX_WIDTH}; got {width}")

    def text(self) -> StemText:
        return StemText(self.widths, _options(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """`depth` blocks, each of these layers in the order in which they run."""

    depth: int
    block: tuple[Layer, ...]

    def text(self) -> GroupText:
        return GroupText(self.depth, tuple(LayerText(layer.keyword, _options(layer)) for layer in self.block))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Blocks of one width; the first changes resolution and width.

    Raises:
        UserError: the stage cannot run (head size, depth, downsampling ...), however it was made.
    """

    groups: tuple[Group, ...]
    width: int
    stride: int = option(2, one_of(1, 2))
    pool: int = option(2, whole_number())
    down: str = option("", one_of(*DOWNSAMPLINGS, older={"mbconv": BLOCK}))
    """`block`: the first layer of the first block strides, the default where it can; otherwise `pool`."""

    def __post_init__(self) -> None:
        canonicalise(self)
        object.__setattr__(self, "groups", merged(self.groups))
        if problem := self._problem():
            raise GrammarError(problem)
        object.__setattr__(self, "down", self.down or self._default_down)

    @property
    def blocks(self) -> tuple[tuple[Layer, ...], ...]:
        return tuple(group.block for group in self.groups for _ in range(group.depth))

    def text(self) -> StageText:
        options = tuple(o for o in _options(self) if o != ("down", self._default_down))
        return StageText(tuple(group.text() for group in self.groups), self.width, options)

    @property
    def _default_down(self) -> str:
        return default_down(type(self.groups[0].block[0]))

    def _problem(self) -> str | None:
        if not self.groups or not all(group.block for group in self.groups):
            return "a stage needs at least one block, and a block one layer; got none"
        if not 1 <= self.width <= MAX_WIDTH:
            return f"a width is from 1 to {MAX_WIDTH}; got {self.width}"
        for group in self.groups:
            if not 1 <= group.depth <= MAX_DEPTH:
                return f"a depth is from 1 to {MAX_DEPTH}; got {group.depth}"
            for layer in group.block:
                if problem := layer.problem(self.width):
                    return problem
        first = self.groups[0].block[0]
        if self.down == BLOCK and not first.strides:
            strided = " or ".join(keyword for keyword, layer in LAYERS.items() if layer.strides)
            return f"down=block needs a block that starts with {strided}; got {first.keyword} first"
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """One architecture. `str` gives its canonical text, which `parse` reads back.

    Also a space of size one, so that code for spaces takes it as it is.

    Raises:
        GrammarError: no stage, or a resolution that cannot be.
    """

    stem: Stem
    stages: tuple[Stage, ...]
    resolution: int = DEFAULT_RESOLUTION
    """The input's side that position tables are made for, pixels; the model runs at any other too."""

    def __post_init__(self) -> None:
        if not self.stages:
            raise GrammarError("a network needs at least one stage; got none")
        if not 1 <= self.resolution <= MAX_RESOLUTION:
            raise GrammarError(f"a resolution is from 1 to {MAX_RESOLUTION} pixels; got {self.resolution}")

    def _repr_html_(self) -> str:
        """What a notebook shows: stem and stages as boxes from left to right, and the text."""
        boxes = [("stem", "|".join(map(str, self.stem.widths)))]
        for number, stage in enumerate(self.stages, 1):
            groups = (f"{g.depth}x {'+'.join(layer.keyword for layer in g.block)}" for g in stage.groups)
            boxes.append((f"stage {number} @{stage.width}", "|".join(groups)))
        return boxes_html(boxes, str(self))

    def __str__(self) -> str:
        return joined_text(map(_text, (self.stem, *self.stages)), self.resolution)

    @property
    def key(self) -> str:
        """The first 12 hex digits of the SHA-256 of the canonical text."""
        return sha256(str(self).encode()).hexdigest()[:12]

    @property
    def width(self) -> int:
        """Channels of the last stage."""
        return self.stages[-1].width

    @property
    def reductions(self) -> tuple[int, ...]:
        """Input side over map side, after the stem and after each stage."""
        steps = [self.stem.stride]
        for stage in self.stages:
            steps.append(steps[-1] * stage.stride)
        return tuple(steps)

    @property
    def map_sides(self) -> tuple[int, ...]:
        """Side of the map at the design resolution, pixels, after the stem and after each stage."""
        return tuple(-(-self.resolution // reduction) for reduction in self.reductions)

    def windowed(self, *windows: int | Sides) -> Network:
        """The same weights with windows in the last stages that attend, one window per stage.

        `network.windowed(14, 7)` sets 14 in the last but one and 7 in the last stage with attention.
        Layers keep the table of relative positions that they have, so every weight still fits.

        Raises:
            UserError: more windows than stages with attention, or a window below 1.
        """
        attending = [i for i, stage in enumerate(self.stages) if _attends(stage)]
        if len(windows) > len(attending):
            raise UserError(
                f"windowed takes one window per stage with attention; got {len(windows)} windows for "
                f"{len(attending)} such stages"
            )
        stages = list(self.stages)
        for index, window in zip(attending[len(attending) - len(windows) :], windows, strict=True):
            sides = (window, window) if isinstance(window, int) else window
            if min(sides) < 1:
                raise UserError(f"a window has sides of 1 or more; got {value_text(sides)}")
            side = self.map_sides[index + 1]
            windowed = partial(_layer_with_window, window=sides, design_map=(side, side))
            stages[index] = _with_layers(stages[index], windowed)
        return replace(self, stages=tuple(stages))

    def with_uniform_attention(self) -> Network:
        """The same network with attention frozen to uniform averages; itself where none is learned."""
        stages = tuple(_with_layers(stage, _layer_with_uniform_weights) for stage in self.stages)
        return replace(self, stages=stages)

    @property
    def size(self) -> int:
        return 1

    @property
    def factors(self) -> tuple[()]:
        return ()

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Iterator[Network]:
        yield self

    def __getitem__(self, index: int) -> Network:
        return (self,)[index]

    def sample(self, rng: random.Random) -> Network:
        return self

    def levels(self, index: int) -> dict[str, str]:
        _ = self[index]
        return {}

    def bind(self, /, **levels: Value) -> Network:
        if levels:
            raise UserError(f"the space has no factor '{next(iter(levels))}'\n  its factors: none")
        return self


@lru_cache(maxsize=1 << 16)
def _text(part: Stem | Stage) -> str:
    """Networks of a space share their stages."""
    return str(part.text())


def _options(owner: object) -> Options:
    return tuple(changed_options(owner).items())


def _attends(stage: Stage) -> bool:
    return any(isinstance(layer, Attn) for group in stage.groups for layer in group.block)


def _with_layers(stage: Stage, changed: Callable[[Layer], Layer]) -> Stage:
    groups = tuple(replace(group, block=tuple(map(changed, group.block))) for group in stage.groups)
    return replace(stage, groups=groups)


def _layer_with_uniform_weights(layer: Layer) -> Layer:
    return replace(layer, weights="uniform") if isinstance(layer, Attn) else layer


def _layer_with_window(layer: Layer, window: Sides, design_map: Sides) -> Layer:
    if not isinstance(layer, Attn):
        return layer
    table = layer.table(design_map)
    pos: Value = "none" if table is None else "rel" if table == window else table
    return replace(layer, window=window, shift="none", grid="none", pos=pos)
